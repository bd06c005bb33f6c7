"""Who came by whose invitation, and is it rewarded?"""
