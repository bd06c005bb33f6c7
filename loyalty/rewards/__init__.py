"""How does a customer get what points can buy?"""
