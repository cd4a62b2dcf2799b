"""The words that people read, in their language."""
