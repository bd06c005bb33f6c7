"""Ports of the graph, spoken to the operator's systems."""
