"""Which lines can one person open?"""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.identity.people.link import Link
from gateway.identity.people.permission import Permission, Side
from gateway.identity.people.reach import Offer, decide_offers
from graphql_schema.types.line import FamilyRole, Line, LineState, Payer
from graphql_schema.types.own_line import HelpState, LineRelation

from .conftest import Town

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
TOWN = Town()
HOME = TOWN.move_in("13800138001", "L1", "C1")
SIBLING = TOWN.move_in("13800138002", "L2", "C1")
OTHER = TOWN.move_in("13800138003", "L3", "C3")
MAIN = TOWN.move_in("13800138006", "L6", "C6", family_role=FamilyRole.MAIN)
SECONDARY = TOWN.move_in("13800138007", "L7", "C6", family_role=FamilyRole.SECONDARY, payer=Payer.FAMILY)
GONE = TOWN.move_in("13800138004", "L4", "C4", state=LineState.CLOSED)
COMING = TOWN.move_in("13800138005", "L5", "C5", state=LineState.PENDING)
KNOWN = dict(TOWN.lines)


def _to(other: Line, customer_id: str | None = None) -> Link:
    return Link(f"to-{other.id}", "L1", "C1", other.id, customer_id or other.customer_id)


def _from(other: Line) -> Link:
    return Link(f"from-{other.id}", other.id, other.customer_id, "L1", "C1")


def _help(owner: Line, *, owner_customer: str | None = None, helper_customer: str | None = "C1") -> Permission:
    return Permission(
        id=f"help-{owner.id}",
        owner=Side(owner.number, owner.id, owner_customer or owner.customer_id),
        helper=Side(HOME.number, "L1", helper_customer),
        scopes=("line",),
        days=30,
        state=HelpState.ACTIVE,
        asked_at=NOW,
        until=NOW + timedelta(days=30),
    )


def _decide(
    *, siblings: tuple[Line, ...] = (), links: tuple[Link, ...] = (), help_with: tuple[Permission, ...] = ()
) -> list[tuple[str, LineRelation, bool]]:
    offers = decide_offers(HOME, KNOWN, siblings=siblings, links=links, permissions=help_with)
    assert offers[0] == Offer(HOME, LineRelation.SAME_CUSTOMER, is_home=True)
    return [(offer.line.id, offer.relation, offer.can_open) for offer in offers[1:]]


SHUT_SIBLING = ("L2", LineRelation.SAME_CUSTOMER, False)


@pytest.mark.parametrize(
    ("facts", "seen"),
    [
        ({}, []),
        ({"siblings": (SIBLING,)}, [SHUT_SIBLING]),
        ({"siblings": (SIBLING,), "links": (_to(SIBLING),)}, [("L2", LineRelation.LINKED, True)]),
        ({"links": (_to(OTHER),)}, [("L3", LineRelation.LINKED, True)]),
        ({"links": (_from(OTHER),)}, [("L3", LineRelation.LINKED, False)]),
        ({"links": (_from(OTHER), _to(OTHER))}, [("L3", LineRelation.LINKED, True)]),
        ({"links": (_to(OTHER), _from(OTHER))}, [("L3", LineRelation.LINKED, True)]),
        ({"links": (_to(OTHER, "C77"),)}, []),
        ({"links": (_to(GONE), _to(COMING))}, []),
        ({"help_with": (_help(OTHER),)}, [("L3", LineRelation.HELPING, True)]),
        ({"help_with": (_help(OTHER),), "links": (_from(OTHER),)}, [("L3", LineRelation.HELPING, True)]),
        ({"help_with": (_help(OTHER),), "links": (_to(OTHER),)}, [("L3", LineRelation.LINKED, True)]),
        ({"help_with": (_help(OTHER, owner_customer="C77"),)}, []),
        ({"help_with": (_help(OTHER, helper_customer="C77"),)}, []),
        ({"help_with": (_help(OTHER, helper_customer=None),)}, []),
        ({"help_with": (_help(GONE),)}, []),
        ({"siblings": (SIBLING,), "help_with": (_help(SIBLING),)}, [("L2", LineRelation.HELPING, True)]),
        (
            {"siblings": (SIBLING,), "links": (_to(OTHER),)},
            [SHUT_SIBLING, ("L3", LineRelation.LINKED, True)],
        ),
    ],
)
def test_what_opens_follows_from_who_agreed_and_who_holds_the_lines_now(
    facts: dict[str, tuple[object, ...]], seen: list[tuple[str, LineRelation, bool]]
) -> None:
    assert _decide(**facts) == seen  # type: ignore[arg-type]


def test_a_link_between_other_holders_of_the_home_line_opens_nothing() -> None:
    assert _decide(links=(Link("old", "L1", "C77", "L3", "C3"),)) == []


@pytest.mark.parametrize(("home", "other"), [(MAIN, SECONDARY), (SECONDARY, MAIN)], ids=["main", "secondary"])
def test_main_and_secondary_line_of_one_customer_are_seen_and_still_shut_until_they_are_linked(
    home: Line, other: Line
) -> None:
    [_, offer] = decide_offers(home, KNOWN, siblings=(other,), links=(), permissions=())
    assert (offer.line.id, offer.relation, offer.can_open) == (other.id, LineRelation.SAME_CUSTOMER, False)
    linked = Link("linked", home.id, home.customer_id, other.id, other.customer_id)
    [_, offer] = decide_offers(home, KNOWN, siblings=(other,), links=(linked,), permissions=())
    assert (offer.relation, offer.can_open) == (LineRelation.LINKED, True)
