"""The graph on its page, as values: what is drawn, the same as an outline, the answer in words, and the panel."""
