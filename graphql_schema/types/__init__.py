"""Frozen words of the graph, one file a noun."""
