"""The vocabulary and the questions: one graph, spoken to by every channel."""
