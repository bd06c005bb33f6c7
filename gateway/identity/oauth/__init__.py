"""How does an app or a partner act for a person, with their consent? (OAuth 2.1, OpenID Connect)"""
