"""The desk: where the operator's own people work, in a browser."""
