"""Where are the points, and when do they end?"""
