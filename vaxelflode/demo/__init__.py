"""The sample company and the Asterisk that it runs on."""
