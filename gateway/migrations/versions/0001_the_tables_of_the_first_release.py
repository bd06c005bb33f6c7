"""The tables of the first release"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "attempt_budget",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False, comment="a number, or who tries"),
        sa.Column("window_at_us", sa.BigInteger(), nullable=False, comment="when the running window began"),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_attempt_budget_spent")),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_attempt_budget")),
    )
    with op.batch_alter_table("attempt_budget", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_budget_window_at_us", ["window_at_us"], unique=False)

    op.create_table(
        "credential",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column(
            "line_id",
            sa.String(length=128),
            nullable=False,
            comment="the line that had this number when we last asked its BSS",
        ),
        sa.Column(
            "password_hash",
            sa.String(length=255),
            nullable=True,
            comment="argon2id over a keyed digest; null: never set",
        ),
        sa.Column("password_set_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_credential")),
    )
    op.create_table(
        "hall_session",
        sa.Column("token_digest", sa.String(length=64), nullable=False, comment="SHA-256 of the token"),
        sa.Column("channel", sa.String(length=16), nullable=False, comment="a token is worthless in another channel"),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("assurance", sa.SmallInteger(), nullable=False),
        sa.Column("proved_at_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_us", sa.BigInteger(), nullable=False, comment="exact to the minute"),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False, comment="the end, however busy the session is"),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_hall_session")),
    )
    with op.batch_alter_table("hall_session", schema=None) as batch_op:
        batch_op.create_index("ix_hall_session_expires_at_us", ["expires_at_us"], unique=False)
        batch_op.create_index("ix_hall_session_number", ["number"], unique=False)

    op.create_table(
        "one_time_code",
        sa.Column("number", sa.String(length=64), nullable=False, comment="well-formed, not necessarily a customer's"),
        sa.Column("purpose", sa.String(length=32), nullable=False, comment="one live code each"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="keyed: a copy of this table opens nothing"),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("issued_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "texted_at_us", sa.BigInteger(), nullable=True, comment="null: not a line of ours, so it opens nothing"
        ),
        sa.Column("used_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", "purpose", name=op.f("pk_one_time_code")),
    )
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.create_index("ix_one_time_code_expires_at_us", ["expires_at_us"], unique=False)

    op.create_table(
        "conversation",
        sa.Column("key", sa.String(length=128), nullable=False, comment="sms:<number>, ivr:<call>"),
        sa.Column("state", sa.Text(), nullable=False, comment="JSON; never a secret"),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_conversation")),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index("ix_conversation_expires_at_us", ["expires_at_us"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("topic", sa.String(length=160), nullable=False, comment="what is watched, in which cycle"),
        sa.Column("step", sa.SmallInteger(), nullable=False, comment="the threshold: said once for a topic"),
        sa.Column("name", sa.String(length=64), nullable=False, comment="the folder below alerts/"),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="also the fence: a lease is (id, attempts)"),
        sa.Column(
            "free_at_us",
            sa.BigInteger(),
            nullable=False,
            comment="claimable from here on: new, a pause, or a lease's end",
        ),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state in ('due', 'said', 'dead')", name=op.f("ck_alert_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("topic", "step", name=op.f("uq_alert_topic_step")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_state", ["state", "free_at_us"], unique=False)

    op.create_table(
        "inbound_sms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False, comment="which bind delivered it"),
        sa.Column("sequence", sa.BigInteger(), nullable=False, comment="its number within that bind"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="of sender, destination, reference and text"),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("destination", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at_us", sa.BigInteger(), nullable=False),
        sa.Column("free_at_us", sa.BigInteger(), nullable=False),
        sa.Column("answered_at_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state in ('received', 'answered')", name=op.f("ck_inbound_sms_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_sms")),
        sa.UniqueConstraint("session", "sequence", name=op.f("uq_inbound_sms_session_sequence")),
    )
    with op.batch_alter_table("inbound_sms", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_sms_claim", ["state", "id"], unique=False)
        batch_op.create_index("ix_inbound_sms_digest", ["digest"], unique=False)

    op.create_table(
        "inbound_sms_part",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="of sender, destination, reference and number of parts",
        ),
        sa.Column("part", sa.SmallInteger(), nullable=False, comment="1-based"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_sms_part")),
        sa.UniqueConstraint("digest", "part", name=op.f("uq_inbound_sms_part_digest_part")),
    )
    op.create_table(
        "inbox_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("raised_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_message")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_inbox_message_alert_id")),
    )
    with op.batch_alter_table("inbox_message", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_message_line_id", ["line_id", "id"], unique=False)

    op.create_table(
        "outbound_sms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False, comment="idempotency: the same promise is queued once"),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="blank once a one-time code left or can no longer leave"),
        sa.Column(
            "lane", sa.SmallInteger(), nullable=False, comment="10 code, 20 alert, 30 answer, 40 notice: low goes first"
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="also the fence: a lease is (id, attempts)"),
        sa.Column(
            "parts_total", sa.SmallInteger(), nullable=True, comment="the cost: message parts, known once it was sent"
        ),
        sa.Column("failure", sa.String(length=64), nullable=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("not_after_at_us", sa.BigInteger(), nullable=False, comment="worthless afterwards"),
        sa.Column(
            "free_at_us", sa.BigInteger(), nullable=False, comment="claimable from here on: a pause, or the lease's end"
        ),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True, comment="sent, failed, expired or receipted"),
        sa.CheckConstraint(
            "state in ('queued', 'leased', 'sent', 'delivered', 'failed', 'expired')",
            name=op.f("ck_outbound_sms_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_sms")),
        sa.UniqueConstraint("key", name=op.f("uq_outbound_sms_key")),
    )
    with op.batch_alter_table("outbound_sms", schema=None) as batch_op:
        batch_op.create_index("ix_outbound_sms_claim", ["state", "lane", "id"], unique=False)

    op.create_table(
        "outbound_sms_part",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("outbound_sms_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False, comment="1-based"),
        sa.Column(
            "smsc_message_id",
            sa.String(length=65),
            nullable=False,
            comment="what the SMSC calls this part; receipts name it",
        ),
        sa.Column("receipt", sa.String(length=16), nullable=True, comment="SMPP 3.4 appendix B stat, e.g. DELIVRD"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_sms_part")),
    )
    with op.batch_alter_table("outbound_sms_part", schema=None) as batch_op:
        batch_op.create_index("ix_outbound_sms_part_outbound_sms_id", ["outbound_sms_id"], unique=False)
        batch_op.create_index("ix_outbound_sms_part_smsc_message_id", ["smsc_message_id"], unique=False)

    op.create_table(
        "usage_counter",
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("bucket_id", sa.String(length=64), nullable=False),
        sa.Column("cycle_start_at_us", sa.BigInteger(), nullable=False),
        sa.Column("cycle_end_at_us", sa.BigInteger(), nullable=False),
        sa.Column("usage_type", sa.String(length=8), nullable=False),
        sa.Column(
            "counts", sa.Boolean(), nullable=False, comment="general and with a total: part of the watched allowance"
        ),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column(
            "read_at_us", sa.BigInteger(), nullable=False, comment="the BSS's reading holds every use up to here"
        ),
        sa.PrimaryKeyConstraint("line_id", "bucket_id", "cycle_start_at_us", name=op.f("pk_usage_counter")),
    )
    with op.batch_alter_table("usage_counter", schema=None) as batch_op:
        batch_op.create_index("ix_usage_counter_bucket_id", ["bucket_id"], unique=False)

    op.create_table(
        "usage_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "event_id",
            sa.String(length=128),
            nullable=False,
            comment="the BSS's id of the use: told twice, it stands once",
        ),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("usage_type", sa.String(length=8), nullable=True),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("consumption", sa.JSON(), nullable=False, comment="[[bucket id, amount], …]"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="how often its bucket could not be read"),
        sa.CheckConstraint("state in ('new', 'counted', 'parked')", name=op.f("ck_usage_event_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_usage_event_event_id")),
    )
    with op.batch_alter_table("usage_event", schema=None) as batch_op:
        batch_op.create_index("ix_usage_event_state", ["state", "id"], unique=False)
