"""Which rows does the points ledger keep: accounts, postings, lots, what was taken from them, holds, and stars?

Points are whole and never below nothing. The house's own accounts (``house:…``) and debts (``debt:<account>``) have
postings and no row of points_account. Instants are microseconds since the epoch,
UTC; days are ISO texts of business time.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table, text

from loyalty.tables import metadata

_EVENT, _NAME = 160, 192
"""An event may name a line or a bill, whose ids have up to 128 characters; what the ledger names after one has more."""

points_account = Table(
    "points_account",
    metadata,
    Column("id", String(_NAME), primary_key=True, comment="line:<line>, line/2:<line> of a next holder"),
    Column("line_id", String(128), nullable=False),
    Column("balance", BigInteger, nullable=False, comment="what came less what went, by the postings"),
    Column("held", BigInteger, nullable=False, comment="of the balance, in open holds"),
    Column("owed", BigInteger, nullable=False, comment="taken back and not there: what comes next pays it"),
    Column("closed_at_us", BigInteger, nullable=True),
    Column("closed_by", String(_EVENT), nullable=True, comment="the event that closed it"),
    CheckConstraint("balance >= 0", name="balance"),
    CheckConstraint("held BETWEEN 0 AND balance", name="held"),
    CheckConstraint("owed >= 0", name="owed"),
    Index(
        "uq_points_account_open_line_id",
        "line_id",
        unique=True,
        postgresql_where=text("closed_at_us IS NULL"),
        sqlite_where=text("closed_at_us IS NULL"),
    ),
    Index("ix_points_account_line_id", "line_id"),
    Index("ix_points_account_closed_by", "closed_by"),
)

points_posting = Table(
    "points_posting",
    metadata,
    Column("id", String(_NAME), primary_key=True, comment="the event's own name: it moves points once"),
    Column("from_account", String(_NAME), nullable=False),
    Column("to_account", String(_NAME), nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reference", String(_NAME), nullable=False, comment="what it belongs to: a bill, a deed, a posting, a lot"),
    Column("at_us", BigInteger, nullable=False),
    Column("day", String(10), nullable=False, comment="the business day of at_us: statements are made by it"),
    CheckConstraint("points > 0", name="points"),
    CheckConstraint("from_account <> to_account", name="accounts"),
    Index("ix_points_posting_from_account", "from_account", "day"),
    Index("ix_points_posting_to_account", "to_account", "day"),
    Index("ix_points_posting_reference", "reference"),
    Index(
        "uq_points_posting_returned",
        "reference",
        unique=True,
        postgresql_where=text("kind = 'returned'"),
        sqlite_where=text("kind = 'returned'"),
    ),
)
"""One row is both entries. Rows are never changed and never deleted; what was spent is returned once."""

points_lot = Table(
    "points_lot",
    metadata,
    Column("id", String(_NAME), primary_key=True, comment="the posting that made it; /n where it made several"),
    Column("account", String(_NAME), nullable=False),
    Column("original", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False, comment="to be spent"),
    Column("held", BigInteger, nullable=False, comment="in open holds"),
    Column("expires_on", String(10), nullable=False, comment="the last day on which it can be spent"),
    Column("policy", String(16), nullable=False, comment="that said so"),
    Column("at_us", BigInteger, nullable=False),
    CheckConstraint("original > 0 AND remaining >= 0 AND held >= 0 AND remaining + held <= original", name="points"),
    Index("ix_points_lot_account", "account", "expires_on"),
    Index(
        "ix_points_lot_expires_on",
        "expires_on",
        "account",
        "id",
        postgresql_where=text("remaining > 0"),
        sqlite_where=text("remaining > 0"),
    ),
)

points_lot_use = Table(
    "points_lot_use",
    metadata,
    Column("taker", String(_NAME), primary_key=True, comment="a posting or a hold"),
    Column("lot", String(_NAME), primary_key=True),
    Column("points", BigInteger, nullable=False),
    CheckConstraint("points > 0", name="points"),
)
"""Out of which lots a posting or hold took its points; of a return: into which it put them back."""

points_hold = Table(
    "points_hold",
    metadata,
    Column("id", String(_EVENT), primary_key=True, comment="also of the posting that captures it"),
    Column("account", String(_NAME), nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False, comment="what its capture will be: spent, donated"),
    Column("state", String(8), nullable=False),
    Column("reference", String(_NAME), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    CheckConstraint("points > 0", name="points"),
    CheckConstraint("state IN ('held', 'captured', 'released')", name="state"),
    Index("ix_points_hold_account", "account"),
)

points_tier = Table(
    "points_tier",
    metadata,
    Column("line_id", String(128), primary_key=True),
    Column("stars", Integer, nullable=False),
    Column("paid_fen", BigInteger, nullable=False, comment="in the twelve months before it was rated"),
    Column("rated_on", String(10), nullable=False),
    Column("valid_until", String(10), nullable=False, comment="its last day: it is not lowered before"),
    Column("policy", String(16), nullable=False),
    CheckConstraint("stars BETWEEN 0 AND 5", name="stars"),
    Index("ix_points_tier_valid_until", "valid_until", "line_id"),
)
