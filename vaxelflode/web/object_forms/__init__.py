"""Forms of objects: from a kind's declaration to inputs, and from what is typed in them to a patch. Pure."""
