"""Växelflöde: the people who own a phone line change exactly what they may on a company's Asterisk PBX."""
