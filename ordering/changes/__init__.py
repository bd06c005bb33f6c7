"""How is what a line has changed: prepared, confirmed, placed once, and followed to its end?"""
