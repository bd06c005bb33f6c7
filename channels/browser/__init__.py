"""What does every channel of pages need: words, preferences, headers, static files, and forms that are one's own?"""
