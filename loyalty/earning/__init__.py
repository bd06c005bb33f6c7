"""What does paying a bill earn?"""
