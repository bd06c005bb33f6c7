"""Which lines does a person open, and who may act for whom?"""
