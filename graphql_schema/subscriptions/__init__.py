"""What the graph tells by itself, one file an event."""
