"""Which rows does the authorization server keep?

No token stands here: codes and handles are digests, client secrets too, private keys are sealed, and a refresh token is
no more than a generation of its grant.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, String, Table, Text

from gateway.identity.tables import metadata

oauth_client = Table(
    "oauth_client",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False, comment="as people read it when they are asked for consent"),
    Column("kind", String(16), nullable=False, comment="public | confidential"),
    Column("secret_digest", String(64), nullable=True, comment="SHA-256 of 256 random bits; null: a public client"),
    Column("redirect_uris", Text, nullable=False, comment="JSON list, compared exactly"),
    Column("post_logout_uris", Text, nullable=False, comment="JSON list, compared exactly"),
    Column("scopes", Text, nullable=False, comment="what it may ask for at most, parted by spaces"),
    Column("first_party", Boolean, nullable=False, comment="the operator's own: may have the scope `all`"),
    Column("any_loopback_port", Boolean, nullable=False, comment="a native app that listens on a port of its choice"),
    Column("active", Boolean, nullable=False),
    Column("added_at_us", BigInteger, nullable=False),
)

authorization_request = Table(
    "authorization_request",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of its handle, or of the request itself"),
    Column("kind", String(16), nullable=False, comment="pushed | begun | asked"),
    Column("client_id", String(64), nullable=False),
    Column("line_id", String(128), nullable=True, comment="asked: who may answer"),
    Column("session_id", String(64), nullable=True, comment="asked: the session that the answer must come from"),
    Column("origin", String(200), nullable=False, comment="asked: the digests that its answer settles as well"),
    Column("parameters", Text, nullable=False, comment="JSON"),
    Column("began_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Index("ix_authorization_request_expires_at_us", "expires_at_us"),
)

authorization_code = Table(
    "authorization_code",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("parameters", Text, nullable=False, comment="JSON: redirect_uri, scope, nonce, code_challenge"),
    Column("line_id", String(128), nullable=False),
    Column("number", String(64), nullable=False),
    Column("level", SmallInteger, nullable=False, comment="what was proved when the person consented, 2 or 3"),
    Column("proofs", Text, nullable=False, comment="JSON: factor to microseconds"),
    Column("consented_in", String(64), nullable=True, comment="the session of the person; its end voids the code"),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("used_at_us", BigInteger, nullable=True),
    Column("session_id", String(64), nullable=True, comment="what its first use began; a second use ends that"),
    Index("ix_authorization_code_expires_at_us", "expires_at_us"),
)

oauth_grant = Table(
    "oauth_grant",
    metadata,
    Column("session_id", String(64), primary_key=True, comment="a grant is a session: it lives as long as that does"),
    Column("client_id", String(64), nullable=False),
    Column("scopes", Text, nullable=False, comment="parted by spaces"),
    Column("generation", Integer, nullable=False, comment="of the one refresh token that is good now; 0: it has none"),
    Column("began_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Index("ix_oauth_grant_client_id", "client_id"),
    Index("ix_oauth_grant_expires_at_us", "expires_at_us"),
)

signing_key = Table(
    "oauth_signing_key",
    metadata,
    Column(
        "turn", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 …: two processes can't add one twice"
    ),
    Column("kid", String(64), nullable=False),
    Column("private_jwk", Text, nullable=False, comment="sealed"),
    Column("published_at_us", BigInteger, nullable=False),
    Column("signs_from_us", BigInteger, nullable=False, comment="until the key of the next turn does"),
)
