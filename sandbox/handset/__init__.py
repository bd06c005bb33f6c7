"""What does a subscriber's phone do, if it is a page in a browser?"""
