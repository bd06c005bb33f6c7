"""Which rows do campaigns keep: themselves, what was taken of them, what happened, and what was granted for it?

Instants are microseconds since the epoch, UTC; days are ISO texts of business time; money is whole fen, points whole.
``free_at_us`` says from when a worker may go on with a row, null where there is nothing to do; ``turn`` counts whose
turn it was, so that who lost a row writes nothing into it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from loyalty.tables import metadata

campaign = Table(
    "campaign",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, nullable=False, comment="the one that counts"),
    Column("is_on", Boolean, nullable=False),
    Column(
        "revision", Integer, nullable=False, comment="counts versions and switches, so that a reader sees any change"
    ),
    Column("switched_by", String(160), nullable=False, comment="who is answerable, as in the audit trail"),
    Column("switched_at_us", BigInteger, nullable=False),
)

campaign_version = Table(
    "campaign_version",
    metadata,
    Column("campaign_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", Text, nullable=False, comment="as it was proposed and checked"),
    Column("digest", String(64), nullable=False, comment="SHA-256 of the document"),
    Column("proposed_by", String(160), nullable=False),
    Column("proposed_at_us", BigInteger, nullable=False),
    Column("trial", Text, nullable=True, comment="what it would have done last month, as JSON; null: not by the desk"),
)
"""Rows are never changed and never deleted: each decision names the version that made it."""

campaign_use = Table(
    "campaign_use",
    metadata,
    Column("campaign_id", String(64), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("name", String(160), primary_key=True, comment="the customer's id, or the reward's key; else blank"),
    Column("used", BigInteger, nullable=False),
    CheckConstraint("kind IN ('count', 'cost', 'customer', 'stock')", name="kind"),
    CheckConstraint("used >= 0", name="used"),
)
"""What was taken of limits, budget and stock, over all versions. What was taken once is not given back with a reward
that is taken back: whoever recharges and returns in turn does not win anew."""

happening = Table(
    "happening",
    metadata,
    Column("id", String(160), primary_key=True, comment="the event's own name: recharge:<id>"),
    Column("kind", String(16), nullable=False),
    Column("line_id", String(128), nullable=False),
    Column("account_id", String(128), nullable=False),
    Column("amount_fen", BigInteger, nullable=False, comment="0: what happened has no amount"),
    Column("facts", Text, nullable=False, comment="what only the event knows, as JSON; nothing of a person"),
    Column("at_us", BigInteger, nullable=False),
    Column("draw", BigInteger, nullable=False, comment="0 … 10⁹-1, drawn before anything is decided"),
    Column("back_parts", BigInteger, nullable=False, comment="given back, in fen; 1 of 1 of what has no amount"),
    Column("state", String(8), nullable=False),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    CheckConstraint("kind IN ('recharge', 'bill_paid', 'order_done', 'invitee_paid')", name="kind"),
    CheckConstraint("state IN ('waiting', 'decided')", name="state"),
    CheckConstraint("amount_fen >= 0", name="amount"),
    CheckConstraint("draw >= 0 AND draw < 1000000000", name="draw"),
    CheckConstraint(
        "back_parts >= 0 AND (back_parts <= amount_fen OR (amount_fen = 0 AND back_parts <= 1))", name="back"
    ),
    Index("ix_happening_line_id", "line_id", "kind", "at_us"),
    Index("ix_happening_kind", "kind", "at_us", "id"),
    Index("ix_happening_free_at_us", "free_at_us"),
)

loyalty_decision = Table(
    "loyalty_decision",
    metadata,
    Column("happening_id", String(160), primary_key=True, comment="decided once"),
    Column("at_us", BigInteger, nullable=False),
    Column("given", Text, nullable=False, comment="campaigns with versions, tiers, rewards, draws, reasons, as JSON"),
    Column("refused", Text, nullable=False, comment="what was exhausted when it was to be granted, as JSON"),
)

reward_grant = Table(
    "reward_grant",
    metadata,
    Column("id", String(32), primary_key=True, comment="follows from happening, campaign and reward; our reference"),
    Column("happening_id", String(160), nullable=False),
    Column("campaign_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("line_id", String(128), nullable=False),
    Column("account_id", String(128), nullable=False),
    Column("package", String(128), nullable=True, comment="that the line had when it was decided"),
    Column("tier_from_fen", BigInteger, nullable=False),
    Column("chosen", String(64), nullable=True, comment="key of the option that the customer, or time, chose"),
    Column("reward_key", String(64), nullable=True, comment="null: nothing is chosen yet"),
    Column("effect", String(16), nullable=True),
    Column("reward", Text, nullable=False, comment="as it was promised, as JSON; blank: nothing is chosen yet"),
    Column("options", Text, nullable=False, comment="keys of what can be chosen, in order, as JSON"),
    Column("cost_fen", BigInteger, nullable=False, comment="what it counts in the budget"),
    Column("quantity", BigInteger, nullable=False, comment="fen or points of it; 1 of what can't be divided"),
    Column("kept", BigInteger, nullable=False, comment="how much of the quantity the customer may keep"),
    Column("earned_on", BigInteger, nullable=False, comment="which part of the happening's amount earned it"),
    Column("points_back", BigInteger, nullable=False, comment="of points: how many were taken back"),
    Column("ladder", Text, nullable=False, comment="how much of it lower tiers would give, as JSON"),
    Column("state", String(16), nullable=False),
    Column("failure", String(32), nullable=True),
    Column("choose_until_us", BigInteger, nullable=True),
    Column("delivery", Text, nullable=False, comment="sealed, until the goods are there; else blank"),
    Column("address_digest", String(64), nullable=True, comment="keyed: the same address is known again, and not read"),
    Column("tracking", String(64), nullable=True),
    Column("asked_at_us", BigInteger, nullable=True, comment="a pack or goods were asked for, or are about to be"),
    Column("is_hidden", Boolean, nullable=False, comment="the line changed hands: its next holder sees nothing of it"),
    Column("clawback_until", String(10), nullable=True, comment="the last day on which leaving takes it back"),
    Column("at_us", BigInteger, nullable=False),
    Column("changed_at_us", BigInteger, nullable=False, comment="since when it is to be chosen, granted or taken back"),
    Column("ended_at_us", BigInteger, nullable=True),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    CheckConstraint(
        "state IN ('choosing', 'granting', 'running', 'granted', 'refused', 'not_won', 'taking_back', 'taken_back')",
        name="state",
    ),
    CheckConstraint("effect IN ('money', 'frozen_money', 'pack', 'points', 'goods', 'code', 'lottery')", name="effect"),
    CheckConstraint("kept >= 0 AND kept <= quantity", name="kept"),
    CheckConstraint("points_back >= 0 AND points_back <= quantity - kept", name="points_back"),
    Index("ix_reward_grant_happening_id", "happening_id"),
    Index("ix_reward_grant_line_id", "line_id", "at_us"),
    Index("ix_reward_grant_free_at_us", "free_at_us"),
    Index("ix_reward_grant_state", "state", "ended_at_us"),
)

grant_part = Table(
    "grant_part",
    metadata,
    Column("grant_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, comment="from 1 on, in the order of their days"),
    Column("on_day", String(10), nullable=False, comment="from which on it can be spent"),
    Column("amount_fen", BigInteger, nullable=False),
    Column("cut_fen", BigInteger, nullable=False, comment="never came, since what earned it was given back"),
    Column("taken_fen", BigInteger, nullable=False, comment="came, and was taken back"),
    Column("reference", String(32), nullable=True, comment="under which the operator was asked, alone or with others"),
    Column("asked_at_us", BigInteger, nullable=True),
    Column("state", String(16), nullable=False),
    CheckConstraint("state IN ('waiting', 'asking', 'given', 'missed', 'refused', 'taken_back')", name="state"),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("cut_fen >= 0 AND taken_fen >= 0 AND cut_fen + taken_fen <= amount_fen", name="back"),
    Index("ix_grant_part_reference", "reference"),
)

grant_return = Table(
    "grant_return",
    metadata,
    Column("reference", String(32), primary_key=True, comment="under which the operator is asked to take it back"),
    Column("grant_id", String(32), nullable=False),
    Column("number", Integer, nullable=False, comment="from 1 on"),
    Column("granted", String(32), nullable=False, comment="the reference under which it came"),
    Column("most_fen", BigInteger, nullable=False),
    Column("taken_fen", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    UniqueConstraint("grant_id", "number"),
    CheckConstraint("state IN ('asking', 'done', 'refused')", name="state"),
    CheckConstraint("most_fen > 0 AND taken_fen >= 0 AND taken_fen <= most_fen", name="taken"),
)
