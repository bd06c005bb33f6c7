"""What do campaigns give, to whom, and what became of it?"""
