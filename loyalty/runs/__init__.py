"""What is done to points by the calendar?"""
