"""How does a person come in who signed in at the operator's own login (OpenID Connect)?"""
