"""Every deed, one file a noun."""
