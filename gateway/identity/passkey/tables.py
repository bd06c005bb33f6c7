"""What is kept of a passkey, and of the challenges that wait for one?"""

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from gateway.identity.tables import metadata

passkey = Table(
    "passkey",
    metadata,
    Column("id", String(32), primary_key=True),
    Column(
        "credential_id", String(1400), nullable=False, unique=True, comment="base64url; up to 1023 bytes (WebAuthn)"
    ),
    Column("line_id", String(128), nullable=False),
    Column("number", String(64), nullable=False),
    Column("public_key", Text, nullable=False, comment="COSE, base64url: no secret"),
    Column("sign_count", BigInteger, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("name", String(40), nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    Column("used_at_us", BigInteger, nullable=True),
    Index("ix_passkey_line_id", "line_id"),
)

passkey_challenge = Table(
    "passkey_challenge",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("challenge", String(128), nullable=False, comment="base64url; it opens nothing by itself"),
    Column("line_id", String(128), nullable=True, comment="for whom one is made; null: one is used"),
    Column("expires_at_us", BigInteger, nullable=False),
    Index("ix_passkey_challenge_expires_at_us", "expires_at_us"),
)
