"""Is it really the operator who called, wrote or rang the bell?"""
