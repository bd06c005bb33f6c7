"""A payment provider that collects play money: how is it asked to collect, and who pays there?"""
