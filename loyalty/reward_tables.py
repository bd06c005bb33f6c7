"""Which rows does the mall keep: what can be had, the codes of vouchers, limits, and what was redeemed?

Instants are microseconds since the epoch, UTC; months are texts of business time (2026-11); money is whole fen, points
whole. Names, addresses and codes are sealed. ``free_at_us`` says from when a worker may go on with a row, null where
there is nothing to do.
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

_KINDS = "kind IN ('balance', 'data', 'voice', 'sms', 'voucher', 'goods', 'donation')"

reward_item = Table(
    "reward_item",
    metadata,
    Column("code", String(8), primary_key=True, comment="what a customer types: DH#code"),
    Column("kind", String(16), nullable=False),
    Column("points", BigInteger, nullable=False, comment="what one costs"),
    Column("name_zh", String(100), nullable=False),
    Column("name_en", String(100), nullable=False),
    Column("terms_zh", String(1000), nullable=False),
    Column("terms_en", String(1000), nullable=False),
    Column("amount_fen", BigInteger, nullable=True, comment="of balance: how much"),
    Column("valid_days", Integer, nullable=True, comment="of balance: for how long; null: it does not end"),
    Column("offering_id", String(128), nullable=True, comment="of packs: the operator's"),
    Column("batch", String(64), nullable=True, comment="of vouchers: where the codes are"),
    Column("goods", String(128), nullable=True, comment="of goods: what the operator calls it"),
    Column("stock", BigInteger, nullable=True, comment="how many there are in all; null: no end"),
    Column("taken", BigInteger, nullable=False, comment="how many of them are held or gone"),
    Column("starts_at_us", BigInteger, nullable=True),
    Column("ends_at_us", BigInteger, nullable=True),
    Column("per_month", Integer, nullable=True, comment="how many one line can have in a month; null: no end"),
    Column("is_on", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version", Integer, nullable=False, comment="counts its changes"),
    CheckConstraint(_KINDS, name="kind"),
    CheckConstraint("points > 0", name="points"),
    CheckConstraint("taken >= 0 AND (stock IS NULL OR taken <= stock)", name="stock"),
    CheckConstraint(
        "(kind = 'balance') = (amount_fen IS NOT NULL)"
        " AND (kind IN ('data', 'voice', 'sms')) = (offering_id IS NOT NULL)"
        " AND (kind = 'voucher') = (batch IS NOT NULL) AND (kind = 'goods') = (goods IS NOT NULL)",
        name="gives",
    ),
)

reward_item_change = Table(
    "reward_item_change",
    metadata,
    Column("id", String(64), primary_key=True, comment="of the deed"),
    Column("code", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_by", String(160), nullable=False, comment="who is answerable, as in the audit trail"),
    Column("at_us", BigInteger, nullable=False),
    Column("became", Text, nullable=False, comment="the whole item from then on, as JSON"),
    UniqueConstraint("code", "version"),
)
"""Rows are never changed and never deleted."""

reward_batch = Table(
    "reward_batch",
    metadata,
    Column("batch", String(64), primary_key=True),
    Column("total", BigInteger, nullable=False),
    Column("given", BigInteger, nullable=False, comment="codes are given in the order of their numbers"),
    CheckConstraint("given >= 0 AND given <= total", name="given"),
)

reward_code = Table(
    "reward_code",
    metadata,
    Column("batch", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True, comment="from 1 on"),
    Column("code", Text, nullable=False, comment="sealed"),
    Column("code_digest", String(64), nullable=False, comment="keyed: the same code is known again, and not read"),
    Column("given_to", String(64), nullable=True, comment="the redemption or grant that has it"),
    Column("given_at_us", BigInteger, nullable=True),
    UniqueConstraint("code_digest"),
    UniqueConstraint("given_to"),
)

reward_limit = Table(
    "reward_limit",
    metadata,
    Column("line_id", String(128), primary_key=True),
    Column("code", String(8), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("taken", Integer, nullable=False),
    CheckConstraint("taken >= 0", name="taken"),
    Index("ix_reward_limit_month", "month"),
)

redemption = Table(
    "redemption",
    metadata,
    Column("id", String(64), primary_key=True, comment="of the deed that began it, and our reference everywhere"),
    Column("line_id", String(128), nullable=True, comment="whose points these are; null: it changed hands since"),
    Column("to_line_id", String(128), nullable=False, comment="the operator's, of what it was asked for"),
    Column("account_id", String(128), nullable=False),
    Column("code", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("item", Text, nullable=False, comment="as it was when it was chosen, as JSON"),
    Column("month", String(7), nullable=True, comment="in whose limit it counts; null: there was none"),
    Column("is_counted", Boolean, nullable=False, comment="it was taken out of a stock"),
    Column("delivery", Text, nullable=False, comment="sealed: where goods go; blank: of no goods, or forgotten"),
    Column("address_digest", String(64), nullable=True, comment="keyed: the same address is known again, and not read"),
    Column("state", String(16), nullable=False),
    Column("failure", String(64), nullable=True, comment="why it was released"),
    Column("tracking", String(64), nullable=True),
    Column("return_id", String(64), nullable=True, comment="of the deed that began the return"),
    Column("returned_by", String(160), nullable=True, comment="who is answerable for the return"),
    Column("began_at_us", BigInteger, nullable=False),
    Column("changed_at_us", BigInteger, nullable=False, comment="since when it is in its state"),
    Column("done_at_us", BigInteger, nullable=True),
    Column("ended_at_us", BigInteger, nullable=True, comment="nothing is under way any more"),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False, comment="since it came into its state"),
    Column("turn", Integer, nullable=False, default=0),
    CheckConstraint(
        "state IN ('held', 'fulfilling', 'sent', 'done', 'released', 'returning', 'returned')", name="state"
    ),
    CheckConstraint(_KINDS, name="kind"),
    CheckConstraint("points > 0", name="points"),
    CheckConstraint("kind = 'goods' OR state NOT IN ('sent', 'returning', 'returned')", name="goods"),
    Index("ix_redemption_line_id", "line_id", "began_at_us"),
    Index("ix_redemption_code", "code", "state"),
    Index("ix_redemption_free_at_us", "free_at_us"),
    Index("ix_redemption_ended_at_us", "ended_at_us"),
)
