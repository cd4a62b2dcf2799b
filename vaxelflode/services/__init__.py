"""Use cases, one verb a module: an actor comes in, policy is asked, a change goes out."""
