"""Which rows hold the trail together, and from where on is it kept?"""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from gateway.identity.audit.append_only import AppendOnly, guard_on_creation
from gateway.identity.audit.entry import audit_record
from gateway.identity.tables import metadata

LEAST_KEPT_DAYS = 183
"""The database deletes nothing younger: network logs are kept for six months at least (网络安全法 第二十一条)."""

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3 … without a gap"),
    Column("sealed_at_us", BigInteger, nullable=False),
    Column("records", Integer, nullable=False, comment="how many it holds"),
    Column("last_record_id", BigInteger, nullable=False, comment="the highest that is sealed up to here"),
    Column("previous", String(64), nullable=False, comment="the digest of the seal before"),
    Column("digest", String(64), nullable=False, comment="SHA-256 over this row and its records"),
    Column("mac", String(64), nullable=False, comment="of the digest, keyed with the house's secret"),
    Index("ix_audit_seal_sealed_at_us", "sealed_at_us"),
)

audit_seal_entry = Table(
    "audit_seal_entry",
    metadata,
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("seal_id", BigInteger, nullable=False),
    Index("ix_audit_seal_entry_seal_id", "seal_id"),
)

audit_horizon = Table(
    "audit_horizon",
    metadata,
    Column("seal_id", BigInteger, primary_key=True, autoincrement=False, comment="the first seal that is kept"),
    Column("previous", String(64), nullable=False, comment="the digest of the last one that was dropped"),
    Column("moved_at_us", BigInteger, nullable=False),
    Column("mac", String(64), nullable=False, comment="of the row, keyed with the house's secret"),
)

_TOO_YOUNG = f"sealed_at_us >= {{now_us}} - {LEAST_KEPT_DAYS * 86_400 * 1_000_000}"
_FIRST_KEPT = "(SELECT max(seal_id) FROM audit_horizon)"

APPEND_ONLY: tuple[AppendOnly, ...] = (
    AppendOnly(
        "audit_record",
        "EXISTS (SELECT 1 FROM audit_seal_entry AS entry JOIN audit_seal AS seal ON seal.id = entry.seal_id "  # noqa: S608
        f"WHERE entry.record_id = OLD.id AND seal.id < {_FIRST_KEPT} AND NOT seal.{_TOO_YOUNG})",
    ),
    AppendOnly(
        "audit_seal_entry",
        "EXISTS (SELECT 1 FROM audit_seal AS seal "  # noqa: S608  our own words alone
        f"WHERE seal.id = OLD.seal_id AND seal.id < {_FIRST_KEPT} AND NOT seal.{_TOO_YOUNG})",
    ),
    AppendOnly("audit_seal", f"OLD.id < {_FIRST_KEPT} AND NOT OLD.{_TOO_YOUNG}"),
    AppendOnly("audit_horizon"),
)
"""A record goes first, then its entry, then the seal, and all three only below a horizon that was moved before."""

for _table, _rule in zip((audit_record, audit_seal_entry, audit_seal, audit_horizon), APPEND_ONLY, strict=True):
    guard_on_creation(_table, _rule)
