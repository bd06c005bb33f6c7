"""Who are the operator's own people, how do they come in, and what can they do for a line?"""
