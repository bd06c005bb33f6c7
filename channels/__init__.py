"""One folder a medium; no channel knows another."""
