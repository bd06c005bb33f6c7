"""What does the house say of its own accord, and through which queue does each message leave?"""
