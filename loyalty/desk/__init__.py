"""The desk of the operator's people for rewards."""
