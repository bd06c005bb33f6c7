"""How does a person ask the hall in a telephone call?"""
