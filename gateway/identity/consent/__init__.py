"""What did a person agree to, when, in which words, and does it still hold?"""
