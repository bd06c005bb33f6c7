"""What happened to the tables, one file a step?"""
