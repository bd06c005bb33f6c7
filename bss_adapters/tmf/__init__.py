"""TM Forum Open APIs, v4 line: one file a noun, one caller for all of them."""
