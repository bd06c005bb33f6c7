"""Which rows do standing orders to recharge keep?

Instants are microseconds since the epoch, UTC; days and months are ISO texts of business time; amounts are whole fen.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ordering.tables import metadata

auto_recharge = Table(
    "auto_recharge",
    metadata,
    Column(
        "id", String(32), primary_key=True, comment="of the deed that agreed to it, and our reference at the provider"
    ),
    Column("line_id", String(128), nullable=False),
    Column("living", String(128), nullable=True, comment="the line, while it lives: a line has one"),
    Column("rule", String(16), nullable=False),
    Column("threshold_fen", BigInteger, nullable=True),
    Column("day", SmallInteger, nullable=True),
    Column("amount_fen", BigInteger, nullable=False),
    Column("cap_fen", BigInteger, nullable=False, comment="the most of a month"),
    Column("currency", String(3), nullable=False),
    Column("source", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("agreement_id", String(128), nullable=True, comment="the provider's; null: not begun there yet"),
    Column("agreement_ends", Boolean, nullable=False, comment="it is still to be ended at the provider"),
    Column("sign_page", Text, nullable=True),
    Column("channel", String(16), nullable=False, comment="where it was agreed to"),
    Column("actor", String(160), nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("asked_at_us", BigInteger, nullable=False),
    Column("agreed_at_us", BigInteger, nullable=True, comment="when the payer had signed"),
    Column("next_day", String(10), nullable=True, comment="of a rule by day: when it recharges next"),
    Column("is_low", Boolean, nullable=False, comment="it recharged, and the balance was not seen above since"),
    Column("charged_at_us", BigInteger, nullable=True),
    Column("refusals", SmallInteger, nullable=False, comment="in a row"),
    Column("ended_at_us", BigInteger, nullable=True),
    Column(
        "free_at_us", BigInteger, nullable=True, comment="from when a worker may go on; null: there is nothing to do"
    ),
    Column("attempts", Integer, nullable=False, comment="also the fence: a lease is (id, attempts)"),
    UniqueConstraint("living"),
    CheckConstraint("state IN ('signing', 'active', 'paused', 'ended')", name="state"),
    CheckConstraint("(state = 'ended') = (living IS NULL)", name="living"),
    CheckConstraint("(rule = 'threshold') = (threshold_fen IS NOT NULL)", name="threshold"),
    CheckConstraint("(rule = 'day') = (day IS NOT NULL)", name="day"),
    CheckConstraint("amount_fen > 0 AND cap_fen >= amount_fen", name="amounts"),
    Index("ix_auto_recharge_line_id", "line_id"),
    Index("ix_auto_recharge_free_at_us", "free_at_us"),
    Index("ix_auto_recharge_ended_at_us", "ended_at_us"),
)

auto_charge = Table(
    "auto_charge",
    metadata,
    Column("id", String(32), primary_key=True, comment="of the recharge that it is"),
    Column("auto_id", String(32), nullable=False),
    Column("line_id", String(128), nullable=False),
    Column("month", String(7), nullable=False, comment="whose cap it counts towards"),
    Column("amount_fen", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("began_at_us", BigInteger, nullable=False),
    CheckConstraint("state IN ('begun', 'paid', 'refused')", name="state"),
    Index("ix_auto_charge_auto_id", "auto_id", "state"),
    Index("ix_auto_charge_line_id", "line_id"),
    Index("ix_auto_charge_began_at_us", "began_at_us"),
)

auto_month = Table(
    "auto_month",
    metadata,
    Column("line_id", String(128), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("spent_fen", BigInteger, nullable=False, comment="what was begun and not refused"),
    CheckConstraint("spent_fen >= 0", name="spent"),
)
"""One row counts a line's month: its update decides whether another charge may begin."""
