"""Points, rewards, campaigns and invitations"""

import sqlalchemy as sa
from alembic import op

from gateway.identity.audit.append_only import AppendOnly, create_triggers

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="the one that counts"),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="counts versions and switches, so that a reader sees any change",
        ),
        sa.Column(
            "switched_by", sa.String(length=160), nullable=False, comment="who is answerable, as in the audit trail"
        ),
        sa.Column("switched_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "campaign_use",
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column(
            "name", sa.String(length=160), nullable=False, comment="the customer's id, or the reward's key; else blank"
        ),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('count', 'cost', 'customer', 'stock')", name=op.f("ck_campaign_use_kind")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_campaign_use_used")),
        sa.PrimaryKeyConstraint("campaign_id", "kind", "name", name=op.f("pk_campaign_use")),
    )
    op.create_table(
        "campaign_version",
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="as it was proposed and checked"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the document"),
        sa.Column("proposed_by", sa.String(length=160), nullable=False),
        sa.Column("proposed_at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "trial",
            sa.Text(),
            nullable=True,
            comment="what it would have done last month, as JSON; null: not by the desk",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "version", name=op.f("pk_campaign_version")),
    )
    op.create_table(
        "grant_part",
        sa.Column("grant_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="from 1 on, in the order of their days"),
        sa.Column("on_day", sa.String(length=10), nullable=False, comment="from which on it can be spent"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "cut_fen", sa.BigInteger(), nullable=False, comment="never came, since what earned it was given back"
        ),
        sa.Column("taken_fen", sa.BigInteger(), nullable=False, comment="came, and was taken back"),
        sa.Column(
            "reference",
            sa.String(length=32),
            nullable=True,
            comment="under which the operator was asked, alone or with others",
        ),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'asking', 'given', 'missed', 'refused', 'taken_back')",
            name=op.f("ck_grant_part_state"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_grant_part_amount")),
        sa.CheckConstraint(
            "cut_fen >= 0 AND taken_fen >= 0 AND cut_fen + taken_fen <= amount_fen", name=op.f("ck_grant_part_back")
        ),
        sa.PrimaryKeyConstraint("grant_id", "number", name=op.f("pk_grant_part")),
    )
    with op.batch_alter_table("grant_part", schema=None) as batch_op:
        batch_op.create_index("ix_grant_part_reference", ["reference"], unique=False)

    op.create_table(
        "grant_return",
        sa.Column(
            "reference",
            sa.String(length=32),
            nullable=False,
            comment="under which the operator is asked to take it back",
        ),
        sa.Column("grant_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="from 1 on"),
        sa.Column("granted", sa.String(length=32), nullable=False, comment="the reference under which it came"),
        sa.Column("most_fen", sa.BigInteger(), nullable=False),
        sa.Column("taken_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('asking', 'done', 'refused')", name=op.f("ck_grant_return_state")),
        sa.CheckConstraint(
            "most_fen > 0 AND taken_fen >= 0 AND taken_fen <= most_fen", name=op.f("ck_grant_return_taken")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_grant_return")),
        sa.UniqueConstraint("grant_id", "number", name=op.f("uq_grant_return_grant_id_number")),
    )
    op.create_table(
        "happening",
        sa.Column("id", sa.String(length=160), nullable=False, comment="the event's own name: recharge:<id>"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False, comment="0: what happened has no amount"),
        sa.Column(
            "facts", sa.Text(), nullable=False, comment="what only the event knows, as JSON; nothing of a person"
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("draw", sa.BigInteger(), nullable=False, comment="0 … 10⁹-1, drawn before anything is decided"),
        sa.Column(
            "back_parts", sa.BigInteger(), nullable=False, comment="given back, in fen; 1 of 1 of what has no amount"
        ),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('recharge', 'bill_paid', 'order_done', 'invitee_paid')", name=op.f("ck_happening_kind")
        ),
        sa.CheckConstraint("state IN ('waiting', 'decided')", name=op.f("ck_happening_state")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_happening_amount")),
        sa.CheckConstraint(
            "back_parts >= 0 AND (back_parts <= amount_fen OR (amount_fen = 0 AND back_parts <= 1))",
            name=op.f("ck_happening_back"),
        ),
        sa.CheckConstraint("draw >= 0 AND draw < 1000000000", name=op.f("ck_happening_draw")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_happening")),
    )
    with op.batch_alter_table("happening", schema=None) as batch_op:
        batch_op.create_index("ix_happening_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_happening_kind", ["kind", "at_us", "id"], unique=False)
        batch_op.create_index("ix_happening_line_id", ["line_id", "kind", "at_us"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=32), nullable=False, comment="of the deed that accepted it"),
        sa.Column("inviter_line_id", sa.String(length=128), nullable=False, comment="blank: it changed hands since"),
        sa.Column("invitee_line_id", sa.String(length=128), nullable=False, comment="blank: it changed hands since"),
        sa.Column(
            "bound_line_id",
            sa.String(length=128),
            nullable=True,
            comment="the invitee's, unless it was refused: one inviter",
        ),
        sa.Column(
            "masked_number", sa.String(length=64), nullable=False, comment="the invitee's, as the inviter may see it"
        ),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column(
            "reason", sa.String(length=16), nullable=True, comment="why it was refused: what both have in common"
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("paid_at_us", sa.BigInteger(), nullable=True, comment="when the invitee's first bill was paid"),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True, comment="from when a worker may go on with it"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "turn", sa.Integer(), nullable=False, comment="whose turn it was: who lost the row writes nothing into it"
        ),
        sa.CheckConstraint(
            "inviter_line_id <> invitee_line_id OR inviter_line_id = ''", name=op.f("ck_invitation_own")
        ),
        sa.CheckConstraint("state IN ('accepted', 'paid', 'rewarded', 'refused')", name=op.f("ck_invitation_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("bound_line_id", name=op.f("uq_invitation_bound_line_id")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index("ix_invitation_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_invitation_inviter_line_id", ["inviter_line_id", "at_us"], unique=False)

    op.create_table(
        "invitation_month",
        sa.Column("line_id", sa.String(length=128), nullable=False, comment="the inviter's"),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_invitation_month_used")),
        sa.PrimaryKeyConstraint("line_id", "month", name=op.f("pk_invitation_month")),
    )
    op.create_table(
        "loyalty_decision",
        sa.Column("happening_id", sa.String(length=160), nullable=False, comment="decided once"),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "given",
            sa.Text(),
            nullable=False,
            comment="campaigns with versions, tiers, rewards, draws, reasons, as JSON",
        ),
        sa.Column(
            "refused", sa.Text(), nullable=False, comment="what was exhausted when it was to be granted, as JSON"
        ),
        sa.PrimaryKeyConstraint("happening_id", name=op.f("pk_loyalty_decision")),
    )
    op.create_table(
        "loyalty_notice",
        sa.Column("id", sa.String(length=200), nullable=False, comment="notice:key, told once"),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False, comment="JSON; nothing secret"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'told', 'dropped')", name=op.f("ck_loyalty_notice_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_notice")),
    )
    with op.batch_alter_table("loyalty_notice", schema=None) as batch_op:
        batch_op.create_index("ix_loyalty_notice_at_us", ["at_us"], unique=False)
        batch_op.create_index("ix_loyalty_notice_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_loyalty_notice_line_id", ["line_id"], unique=False)

    op.create_table(
        "loyalty_run",
        sa.Column("id", sa.String(length=32), nullable=False, comment="kind:period"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False, comment="a business day, or the first of a month"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("place", sa.String(length=160), nullable=False, comment="where it goes on; blank at its beginning"),
        sa.Column(
            "counted",
            sa.BigInteger(),
            nullable=False,
            comment="points ended, lines told or rated, accounts that differ",
        ),
        sa.Column("found", sa.Text(), nullable=False, comment="JSON: of an audit, the first accounts that differ"),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('expiry', 'notice', 'rating', 'audit')", name=op.f("ck_loyalty_run_kind")),
        sa.CheckConstraint("state IN ('due', 'done')", name=op.f("ck_loyalty_run_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_run")),
    )
    with op.batch_alter_table("loyalty_run", schema=None) as batch_op:
        batch_op.create_index("ix_loyalty_run_free_at_us", ["free_at_us"], unique=False)

    op.create_table(
        "points_account",
        sa.Column("id", sa.String(length=192), nullable=False, comment="line:<line>, line/2:<line> of a next holder"),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False, comment="what came less what went, by the postings"),
        sa.Column("held", sa.BigInteger(), nullable=False, comment="of the balance, in open holds"),
        sa.Column("owed", sa.BigInteger(), nullable=False, comment="taken back and not there: what comes next pays it"),
        sa.Column("closed_at_us", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=160), nullable=True, comment="the event that closed it"),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_points_account_balance")),
        sa.CheckConstraint("held BETWEEN 0 AND balance", name=op.f("ck_points_account_held")),
        sa.CheckConstraint("owed >= 0", name=op.f("ck_points_account_owed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_account")),
    )
    with op.batch_alter_table("points_account", schema=None) as batch_op:
        batch_op.create_index("ix_points_account_closed_by", ["closed_by"], unique=False)
        batch_op.create_index("ix_points_account_line_id", ["line_id"], unique=False)
        batch_op.create_index(
            "uq_points_account_open_line_id",
            ["line_id"],
            unique=True,
            postgresql_where=sa.text("closed_at_us IS NULL"),
            sqlite_where=sa.text("closed_at_us IS NULL"),
        )

    op.create_table(
        "points_hold",
        sa.Column("id", sa.String(length=160), nullable=False, comment="also of the posting that captures it"),
        sa.Column("account", sa.String(length=192), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="what its capture will be: spent, donated"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=192), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('held', 'captured', 'released')", name=op.f("ck_points_hold_state")),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_hold_points")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_hold")),
    )
    with op.batch_alter_table("points_hold", schema=None) as batch_op:
        batch_op.create_index("ix_points_hold_account", ["account"], unique=False)

    op.create_table(
        "points_lot",
        sa.Column(
            "id", sa.String(length=192), nullable=False, comment="the posting that made it; /n where it made several"
        ),
        sa.Column("account", sa.String(length=192), nullable=False),
        sa.Column("original", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False, comment="to be spent"),
        sa.Column("held", sa.BigInteger(), nullable=False, comment="in open holds"),
        sa.Column("expires_on", sa.String(length=10), nullable=False, comment="the last day on which it can be spent"),
        sa.Column("policy", sa.String(length=16), nullable=False, comment="that said so"),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "original > 0 AND remaining >= 0 AND held >= 0 AND remaining + held <= original",
            name=op.f("ck_points_lot_points"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lot")),
    )
    with op.batch_alter_table("points_lot", schema=None) as batch_op:
        batch_op.create_index("ix_points_lot_account", ["account", "expires_on"], unique=False)
        batch_op.create_index(
            "ix_points_lot_expires_on",
            ["expires_on", "account", "id"],
            unique=False,
            postgresql_where=sa.text("remaining > 0"),
            sqlite_where=sa.text("remaining > 0"),
        )

    op.create_table(
        "points_lot_use",
        sa.Column("taker", sa.String(length=192), nullable=False, comment="a posting or a hold"),
        sa.Column("lot", sa.String(length=192), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_lot_use_points")),
        sa.PrimaryKeyConstraint("taker", "lot", name=op.f("pk_points_lot_use")),
    )
    op.create_table(
        "points_posting",
        sa.Column("id", sa.String(length=192), nullable=False, comment="the event's own name: it moves points once"),
        sa.Column("from_account", sa.String(length=192), nullable=False),
        sa.Column("to_account", sa.String(length=192), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "reference",
            sa.String(length=192),
            nullable=False,
            comment="what it belongs to: a bill, a deed, a posting, a lot",
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "day", sa.String(length=10), nullable=False, comment="the business day of at_us: statements are made by it"
        ),
        sa.CheckConstraint("from_account <> to_account", name=op.f("ck_points_posting_accounts")),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_posting_points")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_posting")),
    )
    with op.batch_alter_table("points_posting", schema=None) as batch_op:
        batch_op.create_index("ix_points_posting_from_account", ["from_account", "day"], unique=False)
        batch_op.create_index("ix_points_posting_reference", ["reference"], unique=False)
        batch_op.create_index("ix_points_posting_to_account", ["to_account", "day"], unique=False)
        batch_op.create_index(
            "uq_points_posting_returned",
            ["reference"],
            unique=True,
            postgresql_where=sa.text("kind = 'returned'"),
            sqlite_where=sa.text("kind = 'returned'"),
        )

    op.create_table(
        "points_tier",
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False, comment="in the twelve months before it was rated"),
        sa.Column("rated_on", sa.String(length=10), nullable=False),
        sa.Column(
            "valid_until", sa.String(length=10), nullable=False, comment="its last day: it is not lowered before"
        ),
        sa.Column("policy", sa.String(length=16), nullable=False),
        sa.CheckConstraint("stars BETWEEN 0 AND 5", name=op.f("ck_points_tier_stars")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_points_tier")),
    )
    with op.batch_alter_table("points_tier", schema=None) as batch_op:
        batch_op.create_index("ix_points_tier_valid_until", ["valid_until", "line_id"], unique=False)

    op.create_table(
        "redemption",
        sa.Column(
            "id",
            sa.String(length=64),
            nullable=False,
            comment="of the deed that began it, and our reference everywhere",
        ),
        sa.Column(
            "line_id",
            sa.String(length=128),
            nullable=True,
            comment="whose points these are; null: it changed hands since",
        ),
        sa.Column(
            "to_line_id", sa.String(length=128), nullable=False, comment="the operator's, of what it was asked for"
        ),
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False, comment="as it was when it was chosen, as JSON"),
        sa.Column(
            "month", sa.String(length=7), nullable=True, comment="in whose limit it counts; null: there was none"
        ),
        sa.Column("is_counted", sa.Boolean(), nullable=False, comment="it was taken out of a stock"),
        sa.Column(
            "delivery", sa.Text(), nullable=False, comment="sealed: where goods go; blank: of no goods, or forgotten"
        ),
        sa.Column(
            "address_digest",
            sa.String(length=64),
            nullable=True,
            comment="keyed: the same address is known again, and not read",
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=64), nullable=True, comment="why it was released"),
        sa.Column("tracking", sa.String(length=64), nullable=True),
        sa.Column("return_id", sa.String(length=64), nullable=True, comment="of the deed that began the return"),
        sa.Column("returned_by", sa.String(length=160), nullable=True, comment="who is answerable for the return"),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_us", sa.BigInteger(), nullable=False, comment="since when it is in its state"),
        sa.Column("done_at_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True, comment="nothing is under way any more"),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="since it came into its state"),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind = 'goods' OR state NOT IN ('sent', 'returning', 'returned')", name=op.f("ck_redemption_goods")
        ),
        sa.CheckConstraint(
            "kind IN ('balance', 'data', 'voice', 'sms', 'voucher', 'goods', 'donation')",
            name=op.f("ck_redemption_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('held', 'fulfilling', 'sent', 'done', 'released', 'returning', 'returned')",
            name=op.f("ck_redemption_state"),
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_redemption_points")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
    )
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.create_index("ix_redemption_code", ["code", "state"], unique=False)
        batch_op.create_index("ix_redemption_ended_at_us", ["ended_at_us"], unique=False)
        batch_op.create_index("ix_redemption_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_redemption_line_id", ["line_id", "began_at_us"], unique=False)

    op.create_table(
        "referral_code",
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_referral_code")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_code_code")),
    )
    op.create_table(
        "reward_batch",
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False, comment="codes are given in the order of their numbers"),
        sa.CheckConstraint("given >= 0 AND given <= total", name=op.f("ck_reward_batch_given")),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_reward_batch")),
    )
    op.create_table(
        "reward_code",
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="from 1 on"),
        sa.Column("code", sa.Text(), nullable=False, comment="sealed"),
        sa.Column(
            "code_digest",
            sa.String(length=64),
            nullable=False,
            comment="keyed: the same code is known again, and not read",
        ),
        sa.Column("given_to", sa.String(length=64), nullable=True, comment="the redemption or grant that has it"),
        sa.Column("given_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("batch", "number", name=op.f("pk_reward_code")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_reward_code_code_digest")),
        sa.UniqueConstraint("given_to", name=op.f("uq_reward_code_given_to")),
    )
    op.create_table(
        "reward_grant",
        sa.Column(
            "id",
            sa.String(length=32),
            nullable=False,
            comment="follows from happening, campaign and reward; our reference",
        ),
        sa.Column("happening_id", sa.String(length=160), nullable=False),
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column("package", sa.String(length=128), nullable=True, comment="that the line had when it was decided"),
        sa.Column("tier_from_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "chosen", sa.String(length=64), nullable=True, comment="key of the option that the customer, or time, chose"
        ),
        sa.Column("reward_key", sa.String(length=64), nullable=True, comment="null: nothing is chosen yet"),
        sa.Column("effect", sa.String(length=16), nullable=True),
        sa.Column(
            "reward", sa.Text(), nullable=False, comment="as it was promised, as JSON; blank: nothing is chosen yet"
        ),
        sa.Column("options", sa.Text(), nullable=False, comment="keys of what can be chosen, in order, as JSON"),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False, comment="what it counts in the budget"),
        sa.Column(
            "quantity", sa.BigInteger(), nullable=False, comment="fen or points of it; 1 of what can't be divided"
        ),
        sa.Column("kept", sa.BigInteger(), nullable=False, comment="how much of the quantity the customer may keep"),
        sa.Column(
            "earned_on", sa.BigInteger(), nullable=False, comment="which part of the happening's amount earned it"
        ),
        sa.Column("points_back", sa.BigInteger(), nullable=False, comment="of points: how many were taken back"),
        sa.Column("ladder", sa.Text(), nullable=False, comment="how much of it lower tiers would give, as JSON"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("choose_until_us", sa.BigInteger(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=False, comment="sealed, until the goods are there; else blank"),
        sa.Column(
            "address_digest",
            sa.String(length=64),
            nullable=True,
            comment="keyed: the same address is known again, and not read",
        ),
        sa.Column("tracking", sa.String(length=64), nullable=True),
        sa.Column(
            "asked_at_us", sa.BigInteger(), nullable=True, comment="a pack or goods were asked for, or are about to be"
        ),
        sa.Column(
            "is_hidden",
            sa.Boolean(),
            nullable=False,
            comment="the line changed hands: its next holder sees nothing of it",
        ),
        sa.Column(
            "clawback_until", sa.String(length=10), nullable=True, comment="the last day on which leaving takes it back"
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "changed_at_us",
            sa.BigInteger(),
            nullable=False,
            comment="since when it is to be chosen, granted or taken back",
        ),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "effect IN ('money', 'frozen_money', 'pack', 'points', 'goods', 'code', 'lottery')",
            name=op.f("ck_reward_grant_effect"),
        ),
        sa.CheckConstraint(
            "state IN ('choosing', 'granting', 'running', 'granted', 'refused', 'not_won',"
            " 'taking_back', 'taken_back')",
            name=op.f("ck_reward_grant_state"),
        ),
        sa.CheckConstraint("kept >= 0 AND kept <= quantity", name=op.f("ck_reward_grant_kept")),
        sa.CheckConstraint(
            "points_back >= 0 AND points_back <= quantity - kept", name=op.f("ck_reward_grant_points_back")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_grant")),
    )
    with op.batch_alter_table("reward_grant", schema=None) as batch_op:
        batch_op.create_index("ix_reward_grant_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_reward_grant_happening_id", ["happening_id"], unique=False)
        batch_op.create_index("ix_reward_grant_line_id", ["line_id", "at_us"], unique=False)
        batch_op.create_index("ix_reward_grant_state", ["state", "ended_at_us"], unique=False)

    op.create_table(
        "reward_item",
        sa.Column("code", sa.String(length=8), nullable=False, comment="what a customer types: DH#code"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False, comment="what one costs"),
        sa.Column("name_zh", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.Column("terms_zh", sa.String(length=1000), nullable=False),
        sa.Column("terms_en", sa.String(length=1000), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True, comment="of balance: how much"),
        sa.Column("valid_days", sa.Integer(), nullable=True, comment="of balance: for how long; null: it does not end"),
        sa.Column("offering_id", sa.String(length=128), nullable=True, comment="of packs: the operator's"),
        sa.Column("batch", sa.String(length=64), nullable=True, comment="of vouchers: where the codes are"),
        sa.Column("goods", sa.String(length=128), nullable=True, comment="of goods: what the operator calls it"),
        sa.Column("stock", sa.BigInteger(), nullable=True, comment="how many there are in all; null: no end"),
        sa.Column("taken", sa.BigInteger(), nullable=False, comment="how many of them are held or gone"),
        sa.Column("starts_at_us", sa.BigInteger(), nullable=True),
        sa.Column("ends_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "per_month", sa.Integer(), nullable=True, comment="how many one line can have in a month; null: no end"
        ),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="counts its changes"),
        sa.CheckConstraint(
            (
                "(kind = 'balance') = (amount_fen IS NOT NULL)"
                " AND (kind IN ('data', 'voice', 'sms')) = (offering_id IS NOT NULL)"
                " AND (kind = 'voucher') = (batch IS NOT NULL) AND (kind = 'goods') = (goods IS NOT NULL)"
            ),
            name=op.f("ck_reward_item_gives"),
        ),
        sa.CheckConstraint(
            "kind IN ('balance', 'data', 'voice', 'sms', 'voucher', 'goods', 'donation')",
            name=op.f("ck_reward_item_kind"),
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_reward_item_points")),
        sa.CheckConstraint("taken >= 0 AND (stock IS NULL OR taken <= stock)", name=op.f("ck_reward_item_stock")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_reward_item")),
    )
    op.create_table(
        "reward_item_change",
        sa.Column("id", sa.String(length=64), nullable=False, comment="of the deed"),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "changed_by", sa.String(length=160), nullable=False, comment="who is answerable, as in the audit trail"
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False, comment="the whole item from then on, as JSON"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_item_change")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_reward_item_change_code_version")),
    )
    op.create_table(
        "reward_limit",
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_reward_limit_taken")),
        sa.PrimaryKeyConstraint("line_id", "code", "month", name=op.f("pk_reward_limit")),
    )
    with op.batch_alter_table("reward_limit", schema=None) as batch_op:
        batch_op.create_index("ix_reward_limit_month", ["month"], unique=False)

    op.create_table(
        "watched_bill",
        sa.Column("id", sa.String(length=128), nullable=False, comment="the bill's at its BSS"),
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column(
            "line_id", sa.String(length=128), nullable=True, comment="that its points went to; null: none so far"
        ),
        sa.Column("customer_id", sa.String(length=128), nullable=True, comment="who held that line then"),
        sa.Column("month", sa.String(length=7), nullable=True, comment="that it is of, once it was read"),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("in_time", sa.Boolean(), nullable=True, comment="paid by its day"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("seen_at_us", sa.BigInteger(), nullable=False),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'earned', 'nothing')", name=op.f("ck_watched_bill_state")),
        sa.CheckConstraint("paid_fen >= 0", name=op.f("ck_watched_bill_paid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_bill")),
    )
    with op.batch_alter_table("watched_bill", schema=None) as batch_op:
        batch_op.create_index("ix_watched_bill_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_watched_bill_line_id", ["line_id", "month"], unique=False)

    with op.batch_alter_table("recharge", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "channel", sa.String(length=16), nullable=False, server_default="", comment="that it was begun through"
            )
        )
    create_triggers(op.get_bind(), [AppendOnly("points_posting"), AppendOnly("reward_item_change")])
