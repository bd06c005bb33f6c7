"""Bills, usage and call records: promises, exports, links to bills, and a lock on call records"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "record_lock",
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False, comment="since when it stands so"),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_record_lock")),
    )
    op.create_table(
        "line_promise",
        sa.Column(
            "id", sa.String(length=64), nullable=False, comment="of the deed that made it: done again, it is there once"
        ),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("offering_id", sa.String(length=128), nullable=False),
        sa.Column(
            "name_zh",
            sa.String(length=200),
            nullable=False,
            comment="what the offering was called when it was promised",
        ),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("monthly_li", sa.BigInteger(), nullable=False),
        sa.Column("gift_li", sa.BigInteger(), nullable=True, comment="a credit on each bill"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_on", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.String(length=10), nullable=False, comment="the day after its last"),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=160), nullable=False, comment="who is answerable, as in the audit trail"),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False, comment="the promise in the seller's words"),
        sa.CheckConstraint(
            "monthly_li >= 0 and (gift_li is null or gift_li > 0)", name=op.f("ck_line_promise_amounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_promise")),
    )
    with op.batch_alter_table("line_promise", schema=None) as batch_op:
        batch_op.create_index("ix_line_promise_line_id", ["line_id", "starts_on"], unique=False)

    op.create_table(
        "bill_share",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("deed", sa.String(length=64), nullable=False, comment="what asked: the same again makes no second"),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=True, comment="1-10 while it lives: no eleventh can be made"),
        sa.Column("token_digest", sa.String(length=64), nullable=False, comment="SHA-256 of what stands in the link"),
        sa.Column("shown", sa.Text(), nullable=False, comment="sealed: which bill; blank once it has ended"),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_share")),
        sa.UniqueConstraint("deed", name=op.f("uq_bill_share_deed")),
        sa.UniqueConstraint("line_id", "slot", name=op.f("uq_bill_share_line_id_slot")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_bill_share_token_digest")),
    )
    with op.batch_alter_table("bill_share", schema=None) as batch_op:
        batch_op.create_index("ix_bill_share_expires_at_us", ["expires_at_us"], unique=False)

    op.create_table(
        "record_export",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "deed", sa.String(length=64), nullable=False, comment="what asked: the same again asks for no second"
        ),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column(
            "slot", sa.SmallInteger(), nullable=True, comment="1-3 while it waits or is worked on: no fourth can begin"
        ),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("filtered", sa.Boolean(), nullable=False),
        sa.Column(
            "wish",
            sa.Text(),
            nullable=False,
            comment="sealed: who asked and for which records; blank once it has ended",
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("progress", sa.SmallInteger(), nullable=False, comment="0-100"),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ready_at_us", sa.BigInteger(), nullable=True),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=True, comment="until when the file can be fetched"),
        sa.Column("forget_at_us", sa.BigInteger(), nullable=True, comment="when this row goes too"),
        sa.Column(
            "free_at_us", sa.BigInteger(), nullable=False, comment="claimable from here on: a pause, or a lease's end"
        ),
        sa.Column(
            "attempts", sa.Integer(), nullable=False, comment="also the fence: a lease, and a file, is (id, attempts)"
        ),
        sa.CheckConstraint("format IN ('csv', 'xlsx', 'pdf')", name=op.f("ck_record_export_format")),
        sa.CheckConstraint(
            "state IN ('waiting', 'working', 'ready', 'failed', 'gone')", name=op.f("ck_record_export_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_export")),
        sa.UniqueConstraint("deed", name=op.f("uq_record_export_deed")),
        sa.UniqueConstraint("line_id", "slot", name=op.f("uq_record_export_line_id_slot")),
    )
    with op.batch_alter_table("record_export", schema=None) as batch_op:
        batch_op.create_index("ix_record_export_claim", ["state", "free_at_us"], unique=False)
        batch_op.create_index("ix_record_export_forget_at_us", ["forget_at_us"], unique=False)
        batch_op.create_index("ix_record_export_line_id", ["line_id", "asked_at_us"], unique=False)

    op.create_table(
        "record_export_part",
        sa.Column("export_id", sa.String(length=32), nullable=False),
        sa.Column(
            "attempt", sa.Integer(), autoincrement=False, nullable=False, comment="which try at the file it belongs to"
        ),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False, comment="0-based"),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=False, comment="a piece of the file, closed with the house's secret"
        ),
        sa.PrimaryKeyConstraint("export_id", "attempt", "part", name=op.f("pk_record_export_part")),
    )
    with op.batch_alter_table("record_export_part", schema=None) as batch_op:
        batch_op.create_index("ix_record_export_part_line_id", ["line_id"], unique=False)
