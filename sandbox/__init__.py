"""What would the outside world answer, if there were no operator?"""
