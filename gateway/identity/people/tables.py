"""Which rows say who may open whose line?

Lines are kept by id, never by number alone: a number that is given to somebody else belongs to another line, so that
its new owner inherits nothing. The customer is kept too: a line that goes to another person leaves its links behind.
"""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, SmallInteger, String, Table, text

from gateway.identity.tables import metadata

_LIVING_LINK = text("ended_at_us IS NULL")
_TO_TELL = text("untold IS NOT NULL")

line_link = Table(
    "line_link",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("deed", String(64), nullable=False, unique=True, comment="what made it: the same again makes no other"),
    Column("owner_line_id", String(128), nullable=False, comment="whose person may open the other line"),
    Column("owner_customer_id", String(128), nullable=False, comment="who held it then"),
    Column("other_line_id", String(128), nullable=False),
    Column("other_customer_id", String(128), nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("ended_at_us", BigInteger, nullable=True),
    Column("ended_deed", String(64), nullable=True),
    Index(
        "ix_line_link_living",
        "owner_line_id",
        "other_line_id",
        unique=True,
        sqlite_where=_LIVING_LINK,
        postgresql_where=_LIVING_LINK,
    ),
    Index("ix_line_link_other_line_id", "other_line_id"),
)

helper_permission = Table(
    "helper_permission",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("deed", String(64), nullable=False, unique=True, comment="what made it: the same again makes no other"),
    Column("asked", Boolean, nullable=False, comment="by the helper; otherwise the owner granted it unasked"),
    Column("owner_line_id", String(128), nullable=True, comment="null: not looked up yet, or the number is nobody's"),
    Column("owner_number", String(64), nullable=False),
    Column("owner_customer_id", String(128), nullable=True, comment="who held the line then; null: opens nothing"),
    Column("helper_line_id", String(128), nullable=True, comment="null: not looked up yet, or the number is nobody's"),
    Column("helper_number", String(64), nullable=False),
    Column("helper_customer_id", String(128), nullable=True, comment="who held the line then; null: opens nothing"),
    Column("scopes", String(128), nullable=False, comment="names, with spaces between"),
    Column("days", SmallInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_at_us", BigInteger, nullable=False),
    Column("until_us", BigInteger, nullable=False, comment="asked: when silence is a no; active: when it is over"),
    Column("answered_at_us", BigInteger, nullable=True),
    Column("answered_deed", String(64), nullable=True),
    Column("ended_at_us", BigInteger, nullable=True),
    Column("ended_by", String(16), nullable=True, comment="owner, helper, time, line (gone), another (newer)"),
    Column("ended_deed", String(64), nullable=True),
    Column("untold", String(16), nullable=True, comment="who still has to be told what; null: nobody"),
    Column("untold_since_us", BigInteger, nullable=True),
    CheckConstraint("state IN ('asked', 'active', 'ended', 'refused')", name="state"),
    Index("ix_helper_permission_owner_line_id", "owner_line_id"),
    Index("ix_helper_permission_owner_number", "owner_number", "asked_at_us"),
    Index("ix_helper_permission_helper_line_id", "helper_line_id", "asked_at_us"),
    Index("ix_helper_permission_until_us", "state", "until_us"),
    Index("ix_helper_permission_untold", "untold_since_us", sqlite_where=_TO_TELL, postgresql_where=_TO_TELL),
)
