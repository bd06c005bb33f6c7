"""Who did what, when, through which channel, how surely, with what outcome? Append-only, and chained."""
