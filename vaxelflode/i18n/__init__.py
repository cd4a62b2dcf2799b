"""The words that people read, in Swedish and English."""
