"""Identity: sessions that rest on proofs, and everything that this release keeps of people"""

import sqlalchemy as sa
from alembic import op

from gateway.identity.audit.append_only import create_triggers
from gateway.identity.audit.seal_rows import APPEND_ONLY as AUDIT
from gateway.identity.consent.tables import APPEND_ONLY as CONSENT

revision = "0002"
down_revision = "0001"

IDLE_US = 30 * 60 * 1_000_000
LEVEL_3_LASTS_US = 10 * 60 * 1_000_000


def upgrade() -> None:
    op.create_table(
        "audit_horizon",
        sa.Column(
            "seal_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="the first seal that is kept"
        ),
        sa.Column(
            "previous", sa.String(length=64), nullable=False, comment="the digest of the last one that was dropped"
        ),
        sa.Column("moved_at_us", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False, comment="of the row, keyed with the house's secret"),
        sa.PrimaryKeyConstraint("seal_id", name=op.f("pk_audit_horizon")),
    )
    op.create_table(
        "audit_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("deed", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False, comment="line:<id>, staff:<id>, visitor, system"),
        sa.Column("subject", sa.String(length=128), nullable=True, comment="the line that it concerns"),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False, comment="done, or the code of the refusal"),
        sa.Column("note", sa.String(length=200), nullable=False, comment="a masked fact, never a secret"),
        sa.Column(
            "session", sa.String(length=64), nullable=True, comment="the public id of the session that it was done in"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_record")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.create_index("ix_audit_record_actor_id", ["actor", "id"], unique=False)
        batch_op.create_index("ix_audit_record_subject_id", ["subject", "id"], unique=False)

    op.create_table(
        "audit_seal",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False, comment="1, 2, 3 … without a gap"),
        sa.Column("sealed_at_us", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False, comment="how many it holds"),
        sa.Column("last_record_id", sa.BigInteger(), nullable=False, comment="the highest that is sealed up to here"),
        sa.Column("previous", sa.String(length=64), nullable=False, comment="the digest of the seal before"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 over this row and its records"),
        sa.Column("mac", sa.String(length=64), nullable=False, comment="of the digest, keyed with the house's secret"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
    )
    with op.batch_alter_table("audit_seal", schema=None) as batch_op:
        batch_op.create_index("ix_audit_seal_sealed_at_us", ["sealed_at_us"], unique=False)

    op.create_table(
        "audit_seal_entry",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seal_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_audit_seal_entry")),
    )
    with op.batch_alter_table("audit_seal_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_seal_entry_seal_id", ["seal_id"], unique=False)

    op.create_table(
        "authorization_code",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False, comment="JSON: redirect_uri, scope, nonce, code_challenge"),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column(
            "level", sa.SmallInteger(), nullable=False, comment="what was proved when the person consented, 2 or 3"
        ),
        sa.Column("proofs", sa.Text(), nullable=False, comment="JSON: factor to microseconds"),
        sa.Column(
            "consented_in",
            sa.String(length=64),
            nullable=True,
            comment="the session of the person; its end voids the code",
        ),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("used_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "session_id",
            sa.String(length=64),
            nullable=True,
            comment="what its first use began; a second use ends that",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_authorization_code")),
    )
    with op.batch_alter_table("authorization_code", schema=None) as batch_op:
        batch_op.create_index("ix_authorization_code_expires_at_us", ["expires_at_us"], unique=False)

    op.create_table(
        "authorization_request",
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="SHA-256 of its handle, or of the request itself"
        ),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="pushed | begun | asked"),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=True, comment="asked: who may answer"),
        sa.Column(
            "session_id",
            sa.String(length=64),
            nullable=True,
            comment="asked: the session that the answer must come from",
        ),
        sa.Column(
            "origin",
            sa.String(length=200),
            nullable=False,
            comment="asked: the digests that its answer settles as well",
        ),
        sa.Column("parameters", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_authorization_request")),
    )
    with op.batch_alter_table("authorization_request", schema=None) as batch_op:
        batch_op.create_index("ix_authorization_request_expires_at_us", ["expires_at_us"], unique=False)

    op.create_table(
        "bulk_deed",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "deed", sa.String(length=64), nullable=False, comment="what proposed it: the same again makes no other"
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column(
            "role",
            sa.String(length=32),
            nullable=False,
            comment="whose deed it is: another person of this role decides",
        ),
        sa.Column("organization", sa.String(length=128), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False, comment="undecided until then is a no"),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at_us", sa.BigInteger(), nullable=True),
        sa.Column("decided_deed", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="also the fence: a lease is (id, attempts)"),
        sa.Column(
            "free_at_us", sa.BigInteger(), nullable=False, comment="claimable from here on: a pause, or the lease's end"
        ),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'refused', 'approved', 'done', 'expired')", name=op.f("ck_bulk_deed_state")
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_bulk_deed_other_eyes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_deed")),
        sa.UniqueConstraint("deed", name=op.f("uq_bulk_deed_deed")),
    )
    with op.batch_alter_table("bulk_deed", schema=None) as batch_op:
        batch_op.create_index("ix_bulk_deed_claim", ["state", "free_at_us"], unique=False)
        batch_op.create_index("ix_bulk_deed_proposed_at_us", ["proposed_at_us"], unique=False)

    op.create_table(
        "consent_word",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column(
            "party", sa.String(length=64), nullable=False, comment="an OAuth client's id for partner, else empty"
        ),
        sa.Column("party_name", sa.String(length=100), nullable=False, comment="as the person read it"),
        sa.Column(
            "scopes",
            sa.String(length=1024),
            nullable=False,
            comment="what a partner may see: sorted, with spaces between",
        ),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False, comment="who said it, as in the audit trail"),
        sa.Column("wording", sa.String(length=32), nullable=False, comment="the version of the text"),
        sa.Column("session", sa.String(length=64), nullable=True),
        sa.Column(
            "deed", sa.String(length=64), nullable=True, comment="what it was said by: the same deed says it once"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_word")),
        sa.UniqueConstraint("deed", "purpose", "party", name=op.f("uq_consent_word_deed_purpose_party")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("consent_word", schema=None) as batch_op:
        batch_op.create_index("ix_consent_word_at_us", ["at_us"], unique=False)
        batch_op.create_index("ix_consent_word_line_id", ["line_id", "purpose", "party", "id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "deed", sa.String(length=64), nullable=False, comment="what opened it: the same again makes no other"
        ),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("badge", sa.String(length=32), nullable=False, comment="the id of the colleague"),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("valid_until_us", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="keyed: a copy of this table tells no code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("deed", name=op.f("uq_contact_deed")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_at_us", ["at_us"], unique=False)
        batch_op.create_index("ix_contact_line_id_at_us", ["line_id", "at_us"], unique=False)
        batch_op.create_index("ix_contact_number", ["number"], unique=False)

    op.create_table(
        "device",
        sa.Column("id", sa.String(length=64), nullable=False, comment="public"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of its secret"),
        sa.Column("name", sa.String(length=64), nullable=False, comment="Chrome · Windows"),
        sa.Column("first_seen_at_us", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index("ix_device_digest", ["digest"], unique=True)
        batch_op.create_index("ix_device_last_seen_at_us", ["last_seen_at_us"], unique=False)

    op.create_table(
        "helper_permission",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("deed", sa.String(length=64), nullable=False, comment="what made it: the same again makes no other"),
        sa.Column(
            "asked", sa.Boolean(), nullable=False, comment="by the helper; otherwise the owner granted it unasked"
        ),
        sa.Column(
            "owner_line_id",
            sa.String(length=128),
            nullable=True,
            comment="null: not looked up yet, or the number is nobody's",
        ),
        sa.Column("owner_number", sa.String(length=64), nullable=False),
        sa.Column(
            "owner_customer_id",
            sa.String(length=128),
            nullable=True,
            comment="who held the line then; null: opens nothing",
        ),
        sa.Column(
            "helper_line_id",
            sa.String(length=128),
            nullable=True,
            comment="null: not looked up yet, or the number is nobody's",
        ),
        sa.Column("helper_number", sa.String(length=64), nullable=False),
        sa.Column(
            "helper_customer_id",
            sa.String(length=128),
            nullable=True,
            comment="who held the line then; null: opens nothing",
        ),
        sa.Column("scopes", sa.String(length=128), nullable=False, comment="names, with spaces between"),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "until_us", sa.BigInteger(), nullable=False, comment="asked: when silence is a no; active: when it is over"
        ),
        sa.Column("answered_at_us", sa.BigInteger(), nullable=True),
        sa.Column("answered_deed", sa.String(length=64), nullable=True),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "ended_by", sa.String(length=16), nullable=True, comment="owner, helper, time, line (gone), another (newer)"
        ),
        sa.Column("ended_deed", sa.String(length=64), nullable=True),
        sa.Column("untold", sa.String(length=16), nullable=True, comment="who still has to be told what; null: nobody"),
        sa.Column("untold_since_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'active', 'ended', 'refused')", name=op.f("ck_helper_permission_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper_permission")),
        sa.UniqueConstraint("deed", name=op.f("uq_helper_permission_deed")),
    )
    with op.batch_alter_table("helper_permission", schema=None) as batch_op:
        batch_op.create_index("ix_helper_permission_helper_line_id", ["helper_line_id", "asked_at_us"], unique=False)
        batch_op.create_index("ix_helper_permission_owner_line_id", ["owner_line_id"], unique=False)
        batch_op.create_index("ix_helper_permission_owner_number", ["owner_number", "asked_at_us"], unique=False)
        batch_op.create_index("ix_helper_permission_until_us", ["state", "until_us"], unique=False)
        batch_op.create_index(
            "ix_helper_permission_untold",
            ["untold_since_us"],
            unique=False,
            sqlite_where=sa.text("untold IS NOT NULL"),
            postgresql_where=sa.text("untold IS NOT NULL"),
        )

    op.create_table(
        "idempotent_deed",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False, comment="the line acted for, empty for staff"),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("deed", sa.String(length=64), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False, comment="keyed: an input may hold a password"),
        sa.Column("begun_at_us", sa.BigInteger(), nullable=False),
        sa.Column("lease_until_us", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.String(length=64), nullable=True, comment="null: not finished"),
        sa.Column(
            "answer", sa.Text(), nullable=True, comment="sealed: an answer may hold what its reader alone may see"
        ),
        sa.Column(
            "abandoned_at_us",
            sa.BigInteger(),
            nullable=True,
            comment="when the trail was told that its outcome is unknown",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_deed")),
        sa.UniqueConstraint("actor", "subject", "key_digest", name=op.f("uq_idempotent_deed_actor_subject_key_digest")),
    )
    with op.batch_alter_table("idempotent_deed", schema=None) as batch_op:
        batch_op.create_index("ix_idempotent_deed_begun_at_us", ["begun_at_us"], unique=False)

    op.create_table(
        "job_claim",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("free_at_us", sa.BigInteger(), nullable=False, comment="nobody begins it again before"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_claim")),
    )
    op.create_table(
        "line_link",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("deed", sa.String(length=64), nullable=False, comment="what made it: the same again makes no other"),
        sa.Column(
            "owner_line_id", sa.String(length=128), nullable=False, comment="whose person may open the other line"
        ),
        sa.Column("owner_customer_id", sa.String(length=128), nullable=False, comment="who held it then"),
        sa.Column("other_line_id", sa.String(length=128), nullable=False),
        sa.Column("other_customer_id", sa.String(length=128), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_deed", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_link")),
        sa.UniqueConstraint("deed", name=op.f("uq_line_link_deed")),
    )
    with op.batch_alter_table("line_link", schema=None) as batch_op:
        batch_op.create_index(
            "ix_line_link_living",
            ["owner_line_id", "other_line_id"],
            unique=True,
            sqlite_where=sa.text("ended_at_us IS NULL"),
            postgresql_where=sa.text("ended_at_us IS NULL"),
        )
        batch_op.create_index("ix_line_link_other_line_id", ["other_line_id"], unique=False)

    op.create_table(
        "message_horizon",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column(
            "line_id",
            sa.String(length=128),
            nullable=False,
            comment="whose the number is, as far as we know; empty: nobody's",
        ),
        sa.Column(
            "since_us", sa.BigInteger(), nullable=False, comment="older messages went to a former owner of the number"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_message_horizon")),
    )
    op.create_table(
        "oauth_client",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column(
            "name", sa.String(length=64), nullable=False, comment="as people read it when they are asked for consent"
        ),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="public | confidential"),
        sa.Column(
            "secret_digest",
            sa.String(length=64),
            nullable=True,
            comment="SHA-256 of 256 random bits; null: a public client",
        ),
        sa.Column("redirect_uris", sa.Text(), nullable=False, comment="JSON list, compared exactly"),
        sa.Column("post_logout_uris", sa.Text(), nullable=False, comment="JSON list, compared exactly"),
        sa.Column("scopes", sa.Text(), nullable=False, comment="what it may ask for at most, parted by spaces"),
        sa.Column("first_party", sa.Boolean(), nullable=False, comment="the operator's own: may have the scope `all`"),
        sa.Column(
            "any_loopback_port",
            sa.Boolean(),
            nullable=False,
            comment="a native app that listens on a port of its choice",
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_client")),
    )
    op.create_table(
        "oauth_grant",
        sa.Column(
            "session_id",
            sa.String(length=64),
            nullable=False,
            comment="a grant is a session: it lives as long as that does",
        ),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False, comment="parted by spaces"),
        sa.Column(
            "generation",
            sa.Integer(),
            nullable=False,
            comment="of the one refresh token that is good now; 0: it has none",
        ),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_oauth_grant")),
    )
    with op.batch_alter_table("oauth_grant", schema=None) as batch_op:
        batch_op.create_index("ix_oauth_grant_client_id", ["client_id"], unique=False)
        batch_op.create_index("ix_oauth_grant_expires_at_us", ["expires_at_us"], unique=False)

    op.create_table(
        "oauth_signing_key",
        sa.Column(
            "turn",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="1, 2, 3 …: two processes can't add one twice",
        ),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("private_jwk", sa.Text(), nullable=False, comment="sealed"),
        sa.Column("published_at_us", sa.BigInteger(), nullable=False),
        sa.Column("signs_from_us", sa.BigInteger(), nullable=False, comment="until the key of the next turn does"),
        sa.PrimaryKeyConstraint("turn", name=op.f("pk_oauth_signing_key")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "credential_id", sa.String(length=1400), nullable=False, comment="base64url; up to 1023 bytes (WebAuthn)"
        ),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False, comment="COSE, base64url: no secret"),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("used_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_line_id", ["line_id"], unique=False)

    op.create_table(
        "passkey_challenge",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("challenge", sa.String(length=128), nullable=False, comment="base64url; it opens nothing by itself"),
        sa.Column("line_id", sa.String(length=128), nullable=True, comment="for whom one is made; null: one is used"),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenge")),
    )
    with op.batch_alter_table("passkey_challenge", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_challenge_expires_at_us", ["expires_at_us"], unique=False)

    op.create_table(
        "personal_data_export",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False, comment="0-based"),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=False, comment="a piece of the ZIP, closed with the house's secret"
        ),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "part", name=op.f("pk_personal_data_export")),
    )
    with op.batch_alter_table("personal_data_export", schema=None) as batch_op:
        batch_op.create_index("ix_personal_data_export_expires_at_us", ["expires_at_us"], unique=False)
        batch_op.create_index("ix_personal_data_export_line_id", ["line_id"], unique=False)

    op.create_table(
        "personal_data_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "deed", sa.String(length=64), nullable=False, comment="what asked: the same again asks for no second"
        ),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column(
            "number", sa.String(length=64), nullable=True, comment="null once it has ended: it is needed no more"
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=True, comment="when an erasure begins"),
        sa.Column("done_at_us", sa.BigInteger(), nullable=True, comment="done or called off"),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=True, comment="until when an export can be fetched"),
        sa.Column(
            "free_at_us",
            sa.BigInteger(),
            nullable=False,
            comment="claimable from here on: due, a pause, or a lease's end",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="also the fence: a lease is (id, attempts)"),
        sa.Column("progress", sa.Integer(), nullable=False, comment="0-100"),
        sa.Column(
            "report", sa.Text(), nullable=False, comment="JSON, one entry a kind of record, in the order of the work"
        ),
        sa.CheckConstraint("kind IN ('export', 'erasure')", name=op.f("ck_personal_data_request_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'working', 'done', 'called_off')", name=op.f("ck_personal_data_request_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_data_request")),
        sa.UniqueConstraint("deed", name=op.f("uq_personal_data_request_deed")),
    )
    with op.batch_alter_table("personal_data_request", schema=None) as batch_op:
        batch_op.create_index("ix_personal_data_request_free_at_us", ["state", "free_at_us"], unique=False)
        batch_op.create_index("ix_personal_data_request_line_id", ["line_id", "asked_at_us"], unique=False)
        batch_op.create_index(
            "ix_personal_data_request_open",
            ["line_id", "kind"],
            unique=True,
            sqlite_where=sa.text("state IN ('waiting', 'working')"),
            postgresql_where=sa.text("state IN ('waiting', 'working')"),
        )

    op.create_table(
        "staff_member",
        sa.Column("id", sa.String(length=32), nullable=False, comment="the badge number; contacts show it"),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column(
            "organization",
            sa.String(length=128),
            nullable=True,
            comment="of an enterprise's administrator: the billing account",
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "passphrase_hash",
            sa.String(length=255),
            nullable=True,
            comment="argon2id over a keyed digest; null: not enrolled",
        ),
        sa.Column("totp_key", sa.Text(), nullable=True, comment="sealed"),
        sa.Column("totp_step", sa.BigInteger(), nullable=False, comment="the last 30 s step whose code was used"),
        sa.Column("enrolment_digest", sa.String(length=64), nullable=True, comment="SHA-256 of the code to enrol with"),
        sa.Column("enrolment_until_us", sa.BigInteger(), nullable=True),
        sa.Column("added_at_us", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(role = 'enterprise_admin') = (organization IS NOT NULL)", name=op.f("ck_staff_member_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
    )
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.create_index("ix_staff_member_enrolment_digest", ["enrolment_digest"], unique=True)

    op.create_table(
        "staff_session",
        sa.Column("token_digest", sa.String(length=64), nullable=False, comment="SHA-256 of the token"),
        sa.Column("id", sa.String(length=32), nullable=False, comment="public"),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_us", sa.BigInteger(), nullable=False, comment="exact to the minute"),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False, comment="the end, however busy the session is"),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("id", name=op.f("uq_staff_session_id")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index("ix_staff_session_expires_at_us", ["expires_at_us"], unique=False)
        batch_op.create_index("ix_staff_session_staff_id", ["staff_id"], unique=False)

    op.create_table(
        "bulk_row",
        sa.Column("bulk_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "number",
            sa.String(length=64),
            nullable=False,
            comment="normalized, or as it was typed where it is no number",
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False, comment="how often its BSS did not answer"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_bulk_row_state")),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_deed.id"], name=op.f("fk_bulk_row_bulk_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bulk_id", "position", name=op.f("pk_bulk_row")),
    )
    with op.batch_alter_table("bulk_row", schema=None) as batch_op:
        batch_op.create_index("ix_bulk_row_waiting", ["bulk_id", "state", "position"], unique=False)

    op.create_table(
        "device_proof",
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column(
            "proved_at_us", sa.BigInteger(), nullable=False, comment="when it last showed level 2 for this number"
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_proof_device_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device_id", "number", name=op.f("pk_device_proof")),
    )
    with op.batch_alter_table("device_proof", schema=None) as batch_op:
        batch_op.create_index("ix_device_proof_line_id", ["line_id"], unique=False)

    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "customer_id",
                sa.String(length=64),
                nullable=True,
                comment="who held that line then; null: not asked yet",
            )
        )
        batch_op.add_column(
            sa.Column(
                "password_deed",
                sa.String(length=64),
                nullable=True,
                comment="the deed that set it: done again, it changes nothing",
            )
        )
        batch_op.add_column(
            sa.Column(
                "reset_at_us",
                sa.BigInteger(),
                nullable=True,
                comment="when a forgotten one was set anew: call records rest",
            )
        )
        batch_op.create_index("ix_credential_line_id", ["line_id"], unique=False)
    renew_sessions()
    with op.batch_alter_table("inbound_sms", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_sms_sender", ["sender", "id"], unique=False)

    with op.batch_alter_table("outbound_sms", schema=None) as batch_op:
        batch_op.create_index("ix_outbound_sms_recipient", ["recipient", "id"], unique=False)

    with op.batch_alter_table("usage_event", schema=None) as batch_op:
        batch_op.create_index("ix_usage_event_line_id", ["line_id"], unique=False)
    op.create_table(
        "push_token",
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column(
            "line_id",
            sa.String(length=128),
            nullable=False,
            comment="whose owner signed in there; outlives an idle session",
        ),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="web, apns, fcm, hms"),
        sa.Column("token", sa.Text(), nullable=False, comment="where the device is reached, until its owner ends that"),
        sa.Column(
            "token_digest",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256: the same token stands in one place alone",
        ),
        sa.Column(
            "customer_id",
            sa.String(length=64),
            nullable=True,
            comment="who held the line then; null: not asked yet",
        ),
        sa.Column("kept_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_push_token_device_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id", "line_id", "kind", name=op.f("pk_push_token")),
    )
    with op.batch_alter_table("push_token", schema=None) as batch_op:
        batch_op.create_index("ix_push_token_line_id", ["line_id"], unique=False)
        batch_op.create_index("ix_push_token_token_digest", ["token_digest"], unique=False)

    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_line_id", ["line_id"], unique=False)
    create_triggers(op.get_bind(), (*AUDIT, *CONSENT))
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        comment = "a number, a device, or who tries"
        op.alter_column(
            "attempt_budget", "subject", comment=comment, existing_type=sa.String(length=128), existing_nullable=False
        )


def renew_sessions() -> None:
    """Sessions go on at the level that they had. What they had proved is counted as older than it was: it is not known
    whether it was the password or a code, and so it is no part of level 3."""
    op.execute("CREATE TABLE hall_session_before AS SELECT * FROM hall_session")
    op.drop_table("hall_session")
    op.create_table(
        "hall_session",
        sa.Column(
            "token_digest",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the token, another one at each level",
        ),
        sa.Column("session_id", sa.String(length=64), nullable=False, comment="public; stays while tokens change"),
        sa.Column("channel", sa.String(length=16), nullable=False, comment="a token is worthless in another channel"),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False, comment="the line that is looked at"),
        sa.Column("home_number", sa.String(length=64), nullable=False),
        sa.Column(
            "home_line_id",
            sa.String(length=128),
            nullable=False,
            comment="the line that was proved; another one after a switch",
        ),
        sa.Column(
            "helper_line_id",
            sa.String(length=128),
            nullable=True,
            comment="the home line, where its owner acts for another",
        ),
        sa.Column(
            "customer_id", sa.String(length=64), nullable=True, comment="who held the line when it was last checked"
        ),
        sa.Column("link_proved_at_us", sa.BigInteger(), nullable=True),
        sa.Column("code_proved_at_us", sa.BigInteger(), nullable=True),
        sa.Column("password_proved_at_us", sa.BigInteger(), nullable=True),
        sa.Column("passkey_proved_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "moved_at_us", sa.BigInteger(), nullable=True, comment="of a switch: older proofs are the home line's"
        ),
        sa.Column("device_id", sa.String(length=64), nullable=True),
        sa.Column("device_name", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=128), nullable=True, comment="the OAuth client that holds it"),
        sa.Column(
            "scopes",
            sa.String(length=512),
            nullable=True,
            comment="all that it opens, apart by blanks; null: everything",
        ),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_us", sa.BigInteger(), nullable=False, comment="exact to the minute"),
        sa.Column("idle_us", sa.BigInteger(), nullable=False, comment="how long it lives without a sign of life"),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False, comment="the end, however busy the session is"),
        sa.Column(
            "acting_until_at_us", sa.BigInteger(), nullable=True, comment="the end of the leave to act for another"
        ),
        sa.Column(
            "checked_at_us", sa.BigInteger(), nullable=False, comment="when its BSS last said that the line stands"
        ),
        sa.Column("check_due_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_hall_session")),
    )
    with op.batch_alter_table("hall_session", schema=None) as batch_op:
        batch_op.create_index("ix_hall_session_expires_at_us", ["expires_at_us"], unique=False)
        batch_op.create_index("ix_hall_session_home_line_id", ["home_line_id"], unique=False)
        batch_op.create_index("ix_hall_session_line_id", ["line_id"], unique=False)
        batch_op.create_index("ix_hall_session_session_id", ["session_id"], unique=True)
    postgresql = op.get_bind().dialect.name == "postgresql"
    session_id = "replace(gen_random_uuid()::text, '-', '')" if postgresql else "lower(hex(randomblob(16)))"
    op.execute(
        f"""
        INSERT INTO hall_session (
            token_digest, session_id, channel, number, line_id, home_number, home_line_id, code_proved_at_us,
            device_name, began_at_us, seen_at_us, idle_us, expires_at_us, checked_at_us, check_due_at_us
        )
        SELECT token_digest, {session_id}, channel, number, line_id, number, line_id, proved_at_us - {LEVEL_3_LASTS_US},
            '', proved_at_us, seen_at_us, {IDLE_US}, expires_at_us, seen_at_us, seen_at_us
        FROM hall_session_before
        """  # noqa: S608  our own numbers alone
    )
    op.drop_table("hall_session_before")
