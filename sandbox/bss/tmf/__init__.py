"""How does the BSS speak TM Forum Open APIs, v4 line?"""
