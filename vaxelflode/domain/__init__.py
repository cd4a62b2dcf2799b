"""The words and rules of the product. No I/O and no clock: time is an argument."""
