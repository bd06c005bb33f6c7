"""How does a deed get into the trail?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.tables import metadata, to_us
from graphql_schema.client import Caller, Channel

NOTE_CHARACTERS = 200

audit_record = Table(
    "audit_record",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at_us", BigInteger, nullable=False),
    Column("deed", String(64), nullable=False),
    Column("actor", String(160), nullable=False, comment="line:<id>, staff:<id>, visitor, system"),
    Column("subject", String(128), nullable=True, comment="the line that it concerns"),
    Column("channel", String(16), nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("outcome", String(64), nullable=False, comment="done, or the code of the refusal"),
    Column("note", String(NOTE_CHARACTERS), nullable=False, comment="a masked fact, never a secret"),
    Column("session", String(64), nullable=True, comment="the public id of the session that it was done in"),
    Index("ix_audit_record_subject_id", "subject", "id"),
    Index("ix_audit_record_actor_id", "actor", "id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed: ``actor`` as in ``Caller.actor``, ``subject`` the id of the line that it concerns, ``outcome``
    ``done`` or
    the code of the refusal, ``note`` a masked fact."""

    deed: str
    actor: str
    subject: str | None
    channel: Channel
    level: int
    outcome: str = "done"
    note: str = ""
    session: str | None = None

    @classmethod
    def by(cls, caller: Caller, deed: str, *, outcome: str = "done", note: str = "") -> "AuditEntry":
        """What this caller did to the own line."""
        return cls(
            deed, caller.actor, caller.subscriber, caller.channel, caller.assurance, outcome, note, caller.session
        )


async def record(connection: AsyncConnection, entry: AuditEntry, *, now: datetime) -> None:
    """Adds the entry in the caller's transaction: what was done and its record are kept together or not at all."""
    await connection.execute(
        audit_record.insert().values(
            at_us=to_us(now),
            deed=_storable(entry.deed, 64),
            actor=_storable(entry.actor, 160),
            subject=entry.subject,
            channel=entry.channel.value,
            level=entry.level,
            outcome=_storable(entry.outcome, 64),
            note=_storable(entry.note, NOTE_CHARACTERS),
            session=entry.session,
        )
    )


def _storable(text: str, most_characters: int) -> str:
    # A note may quote a device's name. What no database keeps, or what breaks a line of an auditor's screen, is
    # replaced: a record that can't be written would undo the deed.
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[:most_characters])
