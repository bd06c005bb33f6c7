"""Which rows prove what was agreed to?"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from gateway.identity.audit.append_only import AppendOnly, guard_on_creation
from gateway.identity.tables import metadata

LEAST_KEPT_DAYS = 153
"""Five months, however long they are, after a word stopped to hold (通信短信息服务管理规定 2015 第十八条)."""

consent_word = Table(
    "consent_word",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("line_id", String(128), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("party", String(64), nullable=False, comment="an OAuth client's id for partner, else empty"),
    Column("party_name", String(100), nullable=False, comment="as the person read it"),
    Column("scopes", String(1024), nullable=False, comment="what a partner may see: sorted, with spaces between"),
    Column("given", Boolean, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("actor", String(160), nullable=False, comment="who said it, as in the audit trail"),
    Column("wording", String(32), nullable=False, comment="the version of the text"),
    Column("session", String(64), nullable=True),
    Column("deed", String(64), nullable=True, comment="what it was said by: the same deed says it once"),
    UniqueConstraint("deed", "purpose", "party"),
    Index("ix_consent_word_line_id", "line_id", "purpose", "party", "id"),
    Index("ix_consent_word_at_us", "at_us"),
    sqlite_autoincrement=True,
)

APPEND_ONLY: tuple[AppendOnly, ...] = (
    AppendOnly("consent_word", f"OLD.at_us < {{now_us}} - {LEAST_KEPT_DAYS * 86_400 * 1_000_000}"),
)
"""A word is never changed, only followed by another; the database lets go of none that is younger than the law asks."""

guard_on_creation(consent_word, APPEND_ONLY[0])
