"""Which campaigns are there, and what did each give to whom?"""
