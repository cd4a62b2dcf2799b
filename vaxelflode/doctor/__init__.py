"""``doctor``: what is wrong with an installation, each fault with its remedy. It looks, and changes nothing."""
