"""The HTTP face: requests in, problem documents and JSON out. Decides nothing."""
