"""Changes of what a line has, and money"""

import sqlalchemy as sa
from alembic import op

from gateway.identity.audit.append_only import AppendOnly, create_triggers

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "auto_charge",
        sa.Column("id", sa.String(length=32), nullable=False, comment="of the recharge that it is"),
        sa.Column("auto_id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False, comment="whose cap it counts towards"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('begun', 'paid', 'refused')", name=op.f("ck_auto_charge_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_charge")),
    )
    with op.batch_alter_table("auto_charge", schema=None) as batch_op:
        batch_op.create_index("ix_auto_charge_auto_id", ["auto_id", "state"], unique=False)
        batch_op.create_index("ix_auto_charge_began_at_us", ["began_at_us"], unique=False)
        batch_op.create_index("ix_auto_charge_line_id", ["line_id"], unique=False)

    op.create_table(
        "auto_month",
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False, comment="what was begun and not refused"),
        sa.CheckConstraint("spent_fen >= 0", name=op.f("ck_auto_month_spent")),
        sa.PrimaryKeyConstraint("line_id", "month", name=op.f("pk_auto_month")),
    )
    op.create_table(
        "auto_recharge",
        sa.Column(
            "id",
            sa.String(length=32),
            nullable=False,
            comment="of the deed that agreed to it, and our reference at the provider",
        ),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("living", sa.String(length=128), nullable=True, comment="the line, while it lives: a line has one"),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("threshold_fen", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.SmallInteger(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("cap_fen", sa.BigInteger(), nullable=False, comment="the most of a month"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "agreement_id", sa.String(length=128), nullable=True, comment="the provider's; null: not begun there yet"
        ),
        sa.Column("agreement_ends", sa.Boolean(), nullable=False, comment="it is still to be ended at the provider"),
        sa.Column("sign_page", sa.Text(), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False, comment="where it was agreed to"),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("agreed_at_us", sa.BigInteger(), nullable=True, comment="when the payer had signed"),
        sa.Column("next_day", sa.String(length=10), nullable=True, comment="of a rule by day: when it recharges next"),
        sa.Column(
            "is_low", sa.Boolean(), nullable=False, comment="it recharged, and the balance was not seen above since"
        ),
        sa.Column("charged_at_us", sa.BigInteger(), nullable=True),
        sa.Column("refusals", sa.SmallInteger(), nullable=False, comment="in a row"),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "free_at_us",
            sa.BigInteger(),
            nullable=True,
            comment="from when a worker may go on; null: there is nothing to do",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="also the fence: a lease is (id, attempts)"),
        sa.CheckConstraint("(rule = 'day') = (day IS NOT NULL)", name=op.f("ck_auto_recharge_day")),
        sa.CheckConstraint(
            "(rule = 'threshold') = (threshold_fen IS NOT NULL)", name=op.f("ck_auto_recharge_threshold")
        ),
        sa.CheckConstraint("(state = 'ended') = (living IS NULL)", name=op.f("ck_auto_recharge_living")),
        sa.CheckConstraint("state IN ('signing', 'active', 'paused', 'ended')", name=op.f("ck_auto_recharge_state")),
        sa.CheckConstraint("amount_fen > 0 AND cap_fen >= amount_fen", name=op.f("ck_auto_recharge_amounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_recharge")),
        sa.UniqueConstraint("living", name=op.f("uq_auto_recharge_living")),
    )
    with op.batch_alter_table("auto_recharge", schema=None) as batch_op:
        batch_op.create_index("ix_auto_recharge_ended_at_us", ["ended_at_us"], unique=False)
        batch_op.create_index("ix_auto_recharge_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_auto_recharge_line_id", ["line_id"], unique=False)

    op.create_table(
        "balance_transfer",
        sa.Column(
            "id", sa.String(length=32), nullable=False, comment="of the deed that asked, and our reference at the BSS"
        ),
        sa.Column("line_id", sa.String(length=128), nullable=True, comment="that gives; null: it changed hands since"),
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column("to_account_id", sa.String(length=128), nullable=False),
        sa.Column("masked_number", sa.String(length=64), nullable=False, comment="that gets it"),
        sa.Column(
            "numbers",
            sa.Text(),
            nullable=False,
            comment="sealed: the giver's and the receiver's, for their texts; then blank",
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False, comment="on which it counts towards the most of a day"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "free_at_us",
            sa.BigInteger(),
            nullable=True,
            comment="from when a worker may go on; null: there is nothing to do",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (ended_at_us IS NULL)", name=op.f("ck_balance_transfer_ended")),
        sa.CheckConstraint("state IN ('asked', 'done', 'refused')", name=op.f("ck_balance_transfer_state")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_balance_transfer_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_transfer")),
    )
    with op.batch_alter_table("balance_transfer", schema=None) as batch_op:
        batch_op.create_index("ix_balance_transfer_ended_at_us", ["ended_at_us"], unique=False)
        batch_op.create_index("ix_balance_transfer_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_balance_transfer_line_id", ["line_id", "asked_at_us"], unique=False)

    op.create_table(
        "change_order",
        sa.Column("id", sa.String(length=64), nullable=False, comment="of the prepared change that was confirmed"),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("qualification_id", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("placed_at_us", sa.BigInteger(), nullable=False, comment="business time: when it was confirmed"),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False, comment="when it was confirmed by our own clock"),
        sa.Column("sent_at_us", sa.BigInteger(), nullable=False, comment="when it was sent last: it may arrive late"),
        sa.Column("known_state", sa.String(length=32), nullable=True, comment="what order management said last"),
        sa.Column("known_at_us", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("obstacles", sa.Text(), nullable=True, comment="why it was refused, JSON"),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "free_at_us", sa.BigInteger(), nullable=False, comment="claimable from here on: a pause, or a lease's end"
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="also the fence: a lease is (id, attempts)"),
        sa.Column("to_tell", sa.String(length=32), nullable=True, comment="a notice that its owner has still to get"),
        sa.Column("tell_at_us", sa.BigInteger(), nullable=True, comment="not before"),
        sa.Column("told", sa.Text(), nullable=True, comment="the facts of that notice, JSON"),
        sa.CheckConstraint(
            "(state IN ('placing', 'placed')) = (ended_at_us IS NULL)", name=op.f("ck_change_order_ended")
        ),
        sa.CheckConstraint(
            "state IN ('placing', 'placed', 'refused', 'failed', 'withdrawn', 'ended')",
            name=op.f("ck_change_order_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_order")),
    )
    with op.batch_alter_table("change_order", schema=None) as batch_op:
        batch_op.create_index("ix_change_order_claim", ["state", "free_at_us"], unique=False)
        batch_op.create_index("ix_change_order_line_id", ["line_id", "began_at_us"], unique=False)
        batch_op.create_index("ix_change_order_tell_at_us", ["tell_at_us"], unique=False)

    op.create_table(
        "deed_rest",
        sa.Column(
            "id", sa.String(length=64), nullable=False, comment="of the deed that made it: done again, it is there once"
        ),
        sa.Column("deeds", sa.Text(), nullable=False, comment="names of the graph, JSON"),
        sa.Column("begins_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ends_at_us", sa.BigInteger(), nullable=True, comment="null: until further notice"),
        sa.Column("reason_zh", sa.String(length=200), nullable=False),
        sa.Column("reason_en", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=160), nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String(length=160), nullable=True),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True, comment="called off before its time"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deed_rest")),
    )
    with op.batch_alter_table("deed_rest", schema=None) as batch_op:
        batch_op.create_index("ix_deed_rest_begins_at_us", ["begins_at_us"], unique=False)

    op.create_table(
        "money_movement",
        sa.Column(
            "id", sa.String(length=96), nullable=False, comment="what moved it, and of which deed: it moves once"
        ),
        sa.Column(
            "reference", sa.String(length=32), nullable=False, comment="the recharge or transfer that it belongs to"
        ),
        sa.Column("debit", sa.String(length=32), nullable=False, comment="the account that it arrives at"),
        sa.Column("credit", sa.String(length=32), nullable=False, comment="the account that it leaves"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_money_movement_amount")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_money_movement_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_movement")),
    )
    with op.batch_alter_table("money_movement", schema=None) as batch_op:
        batch_op.create_index("ix_money_movement_at_us", ["at_us"], unique=False)
        batch_op.create_index("ix_money_movement_reference", ["reference"], unique=False)

    op.create_table(
        "order_cancellation",
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("order_id", sa.String(length=128), nullable=False, comment="ours or the operator's"),
        sa.Column("deed", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "free_at_us", sa.BigInteger(), nullable=False, comment="claimable from here on: a pause, or a lease's end"
        ),
        sa.Column(
            "attempts", sa.Integer(), nullable=False, comment="also the fence: a lease is (line_id, order_id, attempts)"
        ),
        sa.CheckConstraint("state IN ('asked', 'done', 'refused')", name=op.f("ck_order_cancellation_state")),
        sa.PrimaryKeyConstraint("line_id", "order_id", name=op.f("pk_order_cancellation")),
    )
    with op.batch_alter_table("order_cancellation", schema=None) as batch_op:
        batch_op.create_index("ix_order_cancellation_claim", ["state", "free_at_us"], unique=False)

    op.create_table(
        "payment_notice",
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column(
            "notice_id", sa.String(length=128), nullable=False, comment="the provider's: told again, it is taken once"
        ),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("seen_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "notice_id", name=op.f("pk_payment_notice")),
    )
    with op.batch_alter_table("payment_notice", schema=None) as batch_op:
        batch_op.create_index("ix_payment_notice_seen_at_us", ["seen_at_us"], unique=False)

    op.create_table(
        "prepared_change",
        sa.Column(
            "id", sa.String(length=64), nullable=False, comment="of the deed that asked, and the reference of the order"
        ),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("offering_id", sa.String(length=128), nullable=True),
        sa.Column("package_id", sa.String(length=128), nullable=True),
        sa.Column("service", sa.String(length=128), nullable=True),
        sa.Column("number", sa.String(length=128), nullable=True, comment="one that is nobody's yet, for another line"),
        sa.Column("wanted_start", sa.String(length=16), nullable=True),
        sa.Column("slot", sa.SmallInteger(), nullable=True, comment="1-5 while it waits: no sixth can"),
        sa.Column(
            "thing",
            sa.String(length=160),
            nullable=True,
            comment="what it changes, while it waits: another of the same replaces",
        ),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("price_li", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("repeats", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False, comment="the preview as it was shown, JSON"),
        sa.Column("channel", sa.String(length=16), nullable=False, comment="where it was asked"),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("prepared_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False, comment="HMAC-SHA256 over what was asked"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("answered_at_us", sa.BigInteger(), nullable=True),
        sa.Column("answer_deed", sa.String(length=64), nullable=True),
        sa.Column("answer_channel", sa.String(length=16), nullable=True),
        sa.Column("answer_actor", sa.String(length=160), nullable=True),
        sa.Column("answer_level", sa.SmallInteger(), nullable=True),
        sa.Column(
            "answer_mark",
            sa.String(length=64),
            nullable=True,
            comment="HMAC-SHA256 over the question's mark and the answer",
        ),
        sa.Column("to_tell", sa.String(length=32), nullable=True, comment="a notice that its owner has still to get"),
        sa.Column("tell_at_us", sa.BigInteger(), nullable=True, comment="not before"),
        sa.Column(
            "former", sa.Boolean(), nullable=False, comment="the line changed hands since: its holder sees it no more"
        ),
        sa.CheckConstraint("(state = 'waiting') = (answered_at_us IS NULL)", name=op.f("ck_prepared_change_answered")),
        sa.CheckConstraint("(state = 'waiting') = (slot IS NOT NULL)", name=op.f("ck_prepared_change_slot")),
        sa.CheckConstraint(
            "state IN ('waiting', 'confirmed', 'withdrawn', 'expired')", name=op.f("ck_prepared_change_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prepared_change")),
        sa.UniqueConstraint("line_id", "slot", name=op.f("uq_prepared_change_line_id_slot")),
        sa.UniqueConstraint("line_id", "thing", name=op.f("uq_prepared_change_line_id_thing")),
    )
    with op.batch_alter_table("prepared_change", schema=None) as batch_op:
        batch_op.create_index("ix_prepared_change_answered_at_us", ["answered_at_us"], unique=False)
        batch_op.create_index("ix_prepared_change_expires", ["state", "expires_at_us"], unique=False)
        batch_op.create_index("ix_prepared_change_line_id", ["line_id", "prepared_at_us"], unique=False)
        batch_op.create_index("ix_prepared_change_tell_at_us", ["tell_at_us"], unique=False)

    op.create_table(
        "recharge",
        sa.Column(
            "id",
            sa.String(length=32),
            nullable=False,
            comment="of the deed that began it, and our reference everywhere",
        ),
        sa.Column(
            "receipt_digest",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of what opens it without signing in",
        ),
        sa.Column(
            "line_id",
            sa.String(length=128),
            nullable=True,
            comment="that the money goes to; null: it changed hands since",
        ),
        sa.Column(
            "by_line_id",
            sa.String(length=128),
            nullable=True,
            comment="that began it; null: a visitor, or it changed hands",
        ),
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column("masked_number", sa.String(length=64), nullable=False),
        sa.Column(
            "number", sa.Text(), nullable=False, comment="sealed, for receipts by SMS; blank once it changed hands"
        ),
        sa.Column(
            "amount_fen", sa.BigInteger(), nullable=False, comment="0: of a card that nobody has asked about yet"
        ),
        sa.Column("back_fen", sa.BigInteger(), nullable=False, comment="given back, or about to be"),
        sa.Column("given_fen", sa.BigInteger(), nullable=False, comment="given back for certain"),
        sa.Column("arrears_fen", sa.BigInteger(), nullable=True, comment="what of it went to bills that were past due"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=True),
        sa.Column(
            "agreement", sa.String(length=128), nullable=True, comment="the provider's, of one that no person pays"
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True, comment="why it was refused, or what does not fit"),
        sa.Column(
            "offer", sa.Text(), nullable=False, comment="sealed: how to pay; blank while there is nothing to pay"
        ),
        sa.Column(
            "card", sa.Text(), nullable=False, comment="sealed, and whose try it was, while nobody knows; then blank"
        ),
        sa.Column(
            "card_digest",
            sa.String(length=64),
            nullable=True,
            comment="keyed: the same card is known again, and not read",
        ),
        sa.Column("provider_id", sa.String(length=64), nullable=True, comment="what the provider calls the payment"),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=True, comment="nobody shall pay it afterwards"),
        sa.Column("changed_at_us", sa.BigInteger(), nullable=False, comment="since when it is in its state"),
        sa.Column("paid_at_us", sa.BigInteger(), nullable=True),
        sa.Column("credited_at_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True, comment="nothing is under way any more"),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="since it came into its state"),
        sa.CheckConstraint(
            "amount_fen > 0 OR (amount_fen = 0 AND source = 'voucher')", name=op.f("ck_recharge_amount")
        ),
        sa.CheckConstraint("source IN ('wechat_pay', 'alipay', 'sandbox', 'voucher')", name=op.f("ck_recharge_source")),
        sa.CheckConstraint(
            "state IN ('opening', 'waiting', 'closing', 'paid', 'crediting', 'redeeming', 'credited', 'refused',"
            " 'closed', 'held', 'refunding', 'refunded')",
            name=op.f("ck_recharge_state"),
        ),
        sa.CheckConstraint(
            "arrears_fen IS NULL OR (arrears_fen >= 0 AND arrears_fen <= amount_fen)", name=op.f("ck_recharge_arrears")
        ),
        sa.CheckConstraint(
            "given_fen >= 0 AND given_fen <= back_fen AND back_fen <= amount_fen", name=op.f("ck_recharge_back")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recharge")),
        sa.UniqueConstraint("receipt_digest", name=op.f("uq_recharge_receipt_digest")),
    )
    with op.batch_alter_table("recharge", schema=None) as batch_op:
        batch_op.create_index("ix_recharge_by_line_id", ["by_line_id", "began_at_us"], unique=False)
        batch_op.create_index("ix_recharge_ended_at_us", ["ended_at_us"], unique=False)
        batch_op.create_index("ix_recharge_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_recharge_line_id", ["line_id", "began_at_us"], unique=False)
        batch_op.create_index("ix_recharge_paid_at_us", ["source", "paid_at_us"], unique=False)

    op.create_table(
        "recharge_refund",
        sa.Column(
            "id", sa.String(length=32), nullable=False, comment="of the deed that began it, and our reference for it"
        ),
        sa.Column("recharge_id", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False, comment="it never was in the operator's books"),
        sa.Column(
            "asked_by", sa.String(length=160), nullable=False, comment="who is answerable, as in the audit trail"
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("began_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger(), nullable=True),
        sa.Column("free_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('taking', 'giving', 'restoring', 'given', 'refused')", name=op.f("ck_recharge_refund_state")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_recharge_refund_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recharge_refund")),
    )
    with op.batch_alter_table("recharge_refund", schema=None) as batch_op:
        batch_op.create_index("ix_recharge_refund_ended_at_us", ["ended_at_us"], unique=False)
        batch_op.create_index("ix_recharge_refund_free_at_us", ["free_at_us"], unique=False)
        batch_op.create_index("ix_recharge_refund_recharge_id", ["recharge_id"], unique=False)

    op.create_table(
        "reconciliation",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("done_at_us", sa.BigInteger(), nullable=True, comment="last; null: not yet"),
        sa.Column("payments", sa.Integer(), nullable=False, comment="on the provider's statement"),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "credited_fen", sa.BigInteger(), nullable=False, comment="of these payments, in the operator's books"
        ),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column(
            "free_at_us",
            sa.BigInteger(),
            nullable=True,
            comment="from when a worker may look; null: it agrees, or is too old",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="also the fence of a lease"),
        sa.PrimaryKeyConstraint("day", "source", name=op.f("pk_reconciliation")),
    )
    with op.batch_alter_table("reconciliation", schema=None) as batch_op:
        batch_op.create_index("ix_reconciliation_free_at_us", ["free_at_us"], unique=False)

    op.create_table(
        "reconciliation_mismatch",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("recharge_id", sa.String(length=32), nullable=True),
        sa.Column("ours_fen", sa.BigInteger(), nullable=True),
        sa.Column("theirs_fen", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("mended", sa.Boolean(), nullable=False),
        sa.Column("found_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "source", "kind", "reference", name=op.f("pk_reconciliation_mismatch")),
    )
    op.create_table(
        "transfer_day",
        sa.Column("account_id", sa.String(length=128), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("given_fen", sa.BigInteger(), nullable=False, comment="what was asked for and not refused"),
        sa.CheckConstraint("given_fen >= 0", name=op.f("ck_transfer_day_given")),
        sa.PrimaryKeyConstraint("account_id", "day", name=op.f("pk_transfer_day")),
    )
    create_triggers(op.get_bind(), [AppendOnly("money_movement")])
