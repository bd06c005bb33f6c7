"""How does the sketch of a subscriber become a portfolio with ids?"""

from dataclasses import dataclass, replace
from random import Random

from sandbox.bss.names import GUANGZHOU, person
from sandbox.bss.portfolio import (
    Account,
    City,
    Customer,
    Habit,
    Introductory,
    Line,
    LineKind,
    Package,
    Person,
    Portfolio,
    Trip,
)


@dataclass(frozen=True, slots=True)
class Spell:
    """An offering that was not held all the time: from when, and until when (None: it still is)."""

    offering_id: str
    since_ms: int
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line before it has its ids: its offerings in the order in which they were bought, then those of a spell.

    ``contract_until_ms`` and ``introductory`` are of the first offering.
    """

    kind: LineKind
    number: str
    habit: Habit
    offerings: tuple[str, ...]
    since_ms: int
    shares_from_first: bool = False
    contract_until_ms: int | None = None
    suspended: bool = False
    barred_in_arrears: bool = False
    spells: tuple[Spell, ...] = ()
    introductory: Introductory | None = None
    trips: tuple[Trip, ...] = ()


@dataclass(frozen=True, slots=True)
class PortfolioDraft:
    """A customer before it has its ids; ``name`` None is left to chance, ``checked``: an agent saw the ID document."""

    account: Account
    lines: tuple[LineDraft, ...]
    name: tuple[str, str] | None = None
    company: str | None = None
    city: City = GUANGZHOU
    quiet: bool = False
    checked: bool = True


def build_portfolio(index: int, draft: PortfolioDraft, chance: Random) -> Portfolio:
    """Gives everything its id: a letter, the portfolio's index, and the place in it."""
    holder = person(chance, id_=f"I{index:06}", contact_number=draft.lines[0].number, name=draft.name)
    holder = replace(holder, checked=draft.checked)
    stem = f"{index:06}"
    users = [
        holder if not order and not draft.company
        else person(chance, id_=f"I{stem}-{order + 1}", contact_number=line.number)
        for order, line in enumerate(draft.lines)
    ]  # fmt: skip
    return Portfolio(
        index=index,
        customer=Customer(f"C{stem}", holder, draft.company),
        account=draft.account,
        lines=tuple(_line(stem, place, draft, user) for place, user in enumerate(users, start=1)),
        quiet=draft.quiet,
    )


def account_id(index: int) -> str:
    """The id of a portfolio's account."""
    return f"A{index:06}"


def _line(stem: str, place: int, draft: PortfolioDraft, user: Person) -> Line:
    line = draft.lines[place - 1]
    return Line(
        id=f"L{stem}-{place}",
        kind=line.kind,
        number=line.number,
        city=draft.city,
        account_id=draft.account.id,
        user=user,
        since_ms=line.since_ms,
        habit=line.habit,
        packages=_packages(f"P{stem}-{place}", line),
        main_line_id=f"L{stem}-1" if line.shares_from_first else None,
        suspended=line.suspended,
        barred_in_arrears=line.barred_in_arrears,
        trips=line.trips,
    )


def _packages(stem: str, line: LineDraft) -> tuple[Package, ...]:
    spells = [*(Spell(offering_id, line.since_ms) for offering_id in line.offerings), *line.spells]
    held = [
        Package(f"{stem}-{order}", spell.offering_id, spell.since_ms, spell.until_ms)
        for order, spell in enumerate(spells, start=1)
    ]
    first = replace(held[0], contract_until_ms=line.contract_until_ms, introductory=line.introductory)
    return (first, *held[1:])
