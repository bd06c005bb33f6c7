"""How does the database itself refuse to change or forget what was written once?

Triggers keep our own mistakes, and statements smuggled in, from rewriting history. Whoever owns the database can drop
them: that is what the chain is for (see chain.py).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, event

NOW_US = {
    "sqlite": "(strftime('%s', 'now') * 1000000)",
    "postgresql": "(extract(epoch FROM statement_timestamp()) * 1000000)",
}
"""The database's own clock, so that no statement can argue about the time."""


@dataclass(frozen=True, slots=True)
class AppendOnly:
    """A table whose rows never change. ``may_forget`` is the SQL condition over ``OLD`` under which one may be deleted,
    ``{now_us}`` standing for the database's clock; empty: never."""

    table: str
    may_forget: str = ""


def create_triggers(connection: Connection, tables: Iterable[AppendOnly]) -> None:
    """Puts the triggers on tables that are there, in place of older ones of the same name."""
    for table in tables:
        for statement in render_triggers(table, connection.dialect.name):
            connection.exec_driver_sql(statement)


def drop_triggers(connection: Connection, tables: Iterable[AppendOnly]) -> None:
    """Takes them off again: before a migration changes these tables, or drops them."""
    for table in tables:
        for statement in _render_removal(table.table, connection.dialect.name):
            connection.exec_driver_sql(statement)


def guard_on_creation(table: Table, rule: AppendOnly) -> None:
    """Lets ``create_all`` put the triggers on this table; a migration calls ``create_triggers``."""
    event.listen(table, "after_create", _creating(rule))


def render_triggers(rule: AppendOnly, dialect: str) -> list[str]:
    """The statements, one by one, for ``sqlite`` or ``postgresql``."""
    may_forget = (rule.may_forget or "FALSE").format(now_us=NOW_US[dialect])
    render = _render_postgresql if dialect == "postgresql" else _render_sqlite
    return render(rule.table, may_forget)


def _creating(rule: AppendOnly) -> Callable[..., None]:
    def create(_table: Table, connection: Connection, **_: object) -> None:
        create_triggers(connection, [rule])

    return create


def _render_removal(table: str, dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_{name}" for name in ("stays", "keeps")]
    return [f"DROP FUNCTION IF EXISTS {table}_append_only() CASCADE"]


def _render_sqlite(table: str, may_forget: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return [
        *_render_removal(table, "sqlite"),
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_keeps BEFORE DELETE ON {table} WHEN ({may_forget}) IS NOT TRUE {refuse}",
    ]


def _render_postgresql(table: str, may_forget: str) -> list[str]:
    refuse = f"EXECUTE FUNCTION {table}_append_only()"
    return [
        f"""
        CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF ({may_forget}) IS TRUE THEN
                    RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation';
        END $$
        """,
        f"DROP TRIGGER IF EXISTS {table}_stays ON {table}",
        f"DROP TRIGGER IF EXISTS {table}_keeps ON {table}",
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {table}_keeps BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]
