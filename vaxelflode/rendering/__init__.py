"""From a snapshot of the company to the bytes of Asterisk's files. Pure."""
