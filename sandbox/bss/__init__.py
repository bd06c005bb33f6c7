"""How does an operator's BSS behave, over its own database and by TMF v4?"""
