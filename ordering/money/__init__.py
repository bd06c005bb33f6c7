"""How does money come in, once, and where is it at every moment?"""
