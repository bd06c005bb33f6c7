"""Which rewards does a customer get, and where are their points?"""
