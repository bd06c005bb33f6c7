"""How does a passkey (WebAuthn) open the door?"""
