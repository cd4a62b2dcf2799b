"""One module a kind of object; each declares its kind once, and everything else reads the declaration."""
