"""What do we hold of a person, who gets a copy of it, and when is it gone?"""
