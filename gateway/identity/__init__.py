"""Who is there? Evidence goes in, a caller or a refusal comes out (UAM)."""
