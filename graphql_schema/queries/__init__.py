"""Questions, one file a noun, and the pure rules that answer them."""
