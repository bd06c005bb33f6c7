"""How does a person bring several lines together, with the consent of whoever has them?"""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from gateway.database import read
from gateway.identity.people.link import LINKS_MOST
from gateway.identity.people.tables import line_link
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Turned
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.problems import (
    BadArgument,
    CodeExpired,
    Locked,
    NotFound,
    SignInRequired,
    SimChanged,
    TooMany,
    WrongSecret,
)
from graphql_schema.types.line import FamilyRole, LineKind, LineState, Payer, mask_number
from graphql_schema.types.own_line import LineRelation, OwnLine

from .conftest import BROADBAND, CHILD, FRIEND, NOBODY, PARENT, House, at_once, trail_of

pytestmark = pytest.mark.anyio


async def _see(house: House, line_id: str) -> list[OwnLine]:
    number = house.town.lines[line_id].number
    return list(await house.own_lines.fetch_lines(Caller(Channel.WEB, line_id, number, 2)))


def _brief(lines: list[OwnLine]) -> list[tuple[str, LineRelation, bool]]:
    return [(line.id, line.relation, line.can_open) for line in lines]


async def test_a_line_of_the_same_customer_is_listed_and_shut_until_it_is_linked(house: House) -> None:
    seen = await _see(house, "L1")
    assert _brief(seen) == [("L1", LineRelation.CURRENT, True), ("L1B", LineRelation.SAME_CUSTOMER, False)]
    assert seen[1].masked_number == mask_number(BROADBAND)
    assert (seen[1].scopes, seen[1].until) == ([], None)


async def test_a_line_without_texts_is_confirmed_on_the_callers_own_number(house: House) -> None:
    code, challenge = await house.text_code(PARENT, mask_number(BROADBAND))
    linked = await house.own_lines.link(house.deed("L1"), BROADBAND, code, challenge)
    assert (linked.id, linked.relation, linked.can_open) == ("L1B", LineRelation.LINKED, True)
    assert ("L1B", LineRelation.LINKED, True) in _brief(await _see(house, "L1"))
    assert house.letters.sent == [(PARENT, "link_made", {"other": mask_number(BROADBAND)})]


async def test_a_line_of_the_same_customer_may_be_named_by_its_id(house: House) -> None:
    code, challenge = await house.text_code(PARENT, mask_number(BROADBAND))
    assert (await house.own_lines.link(house.deed("L1"), "L1B", code, challenge)).id == "L1B"


async def test_a_strangers_line_may_not_be_named_by_its_id(house: House) -> None:
    code, challenge = await house.text_code(CHILD, mask_number(PARENT))
    with pytest.raises(BadArgument):
        await house.own_lines.link(house.deed("L1"), "L2", code, challenge)


async def test_a_strangers_line_without_texts_has_nobody_to_say_yes(house: House) -> None:
    house.town.move_in("kd0288009", "L9", "C9", kind=LineKind.BROADBAND)
    code, challenge = await house.text_code(PARENT, mask_number("kd0288009"))
    with pytest.raises(CodeExpired):
        await house.own_lines.link(house.deed("L1"), "kd0288009", code, challenge)


async def test_the_code_that_its_owner_told_links_a_line_and_both_are_told(house: House) -> None:
    code, challenge = await house.text_code(CHILD, mask_number(PARENT))
    linked = await house.own_lines.link(house.deed("L1"), f"+86 {CHILD}", code, challenge)
    assert (linked.id, linked.masked_number, linked.can_open) == ("L2", mask_number(CHILD), True)
    assert house.letters.sent == [
        (PARENT, "link_made", {"other": mask_number(CHILD)}),
        (CHILD, "line_linked", {"other": mask_number(PARENT)}),
    ]


async def test_the_linked_side_sees_the_link_and_opens_nothing_by_it(house: House) -> None:
    await house.link("L1", CHILD)
    assert ("L1", LineRelation.LINKED, False) in _brief(await _see(house, "L2"))


@pytest.mark.parametrize(("home", "other"), [("L1", "L2"), ("L2", "L1")], ids=["main", "secondary"])
async def test_who_pays_for_a_family_opens_its_other_lines_no_more_than_they_open_the_payers(
    house: House, home: str, other: str
) -> None:
    account_id = house.town.lines["L1"].account_id
    house.town.change("L1", family_role=FamilyRole.MAIN)
    house.town.change("L2", family_role=FamilyRole.SECONDARY, payer=Payer.FAMILY, account_id=account_id)
    assert other not in [line.id for line in await _see(house, home)]
    admitted = await house.sign_in(home)
    assert await house.line_switch.switch(admitted.token or "", other, Channel.WEB) == Turned("not_found")
    await house.link(home, house.town.lines[other].number)  # the other's own word
    opened = await house.line_switch.switch(admitted.token or "", other, Channel.WEB)
    assert isinstance(opened, Admitted)
    assert opened.caller.subscriber == other


async def test_the_same_deed_again_answers_the_same_and_links_once(house: House) -> None:
    deed = house.deed("L1")
    code, challenge = await house.text_code(CHILD, mask_number(PARENT))
    first = await house.own_lines.link(deed, CHILD, code, challenge)
    assert await house.own_lines.link(deed, CHILD, code, challenge) == first
    assert len(house.letters.sent) == 2
    assert await _count(house) == 1


async def test_linking_again_by_another_deed_keeps_one_link(house: House) -> None:
    await house.link("L1", CHILD)
    house.watch.advance(minutes=2)
    await house.link("L1", CHILD)
    assert _brief(await _see(house, "L1")).count(("L2", LineRelation.LINKED, True)) == 1


async def test_a_code_opens_one_link_however_many_deeds_come_with_it_at_once(house: House) -> None:
    code, challenge = await house.text_code(CHILD, mask_number(PARENT))
    answers = await at_once(
        *(house.own_lines.link(house.deed("L1"), CHILD, code, challenge) for _ in range(4)),
    )
    assert sum(isinstance(answer, OwnLine) for answer in answers) == 1
    assert sum(isinstance(answer, CodeExpired) for answer in answers) == 3
    assert await _count(house) == 1


async def test_a_code_that_was_asked_for_by_somebody_else_links_nothing(house: House) -> None:
    code, challenge = await house.text_code(CHILD, mask_number(FRIEND))
    with pytest.raises(WrongSecret) as refused:
        await house.own_lines.link(house.deed("L1"), CHILD, code, challenge)
    assert refused.value.parameters == {"tries_left": 4}
    assert await _count(house) == 0


async def test_a_code_that_was_asked_for_on_a_known_device_links_too(house: House) -> None:
    code, challenge = await house.text_code(CHILD, mask_number(PARENT), device="a browser's secret")
    assert (await house.own_lines.link(house.deed("L1"), CHILD, code, challenge)).can_open


async def test_nobody_links_a_line_for_whom_they_help(house: House) -> None:
    caller = replace(house.deed("L1").caller, helper="L2")
    with pytest.raises(SignInRequired):
        await house.own_lines.link(Deed("d", caller), FRIEND, "123456", "none")


async def test_a_code_without_its_challenge_links_nothing(house: House) -> None:
    code, _ = await house.text_code(CHILD, mask_number(PARENT))
    with pytest.raises(CodeExpired):
        await house.own_lines.link(house.deed("L1"), CHILD, code, "another")


async def test_a_number_that_is_nobodys_is_refused_like_a_code_that_is_over(house: House) -> None:
    code, challenge = await house.text_code(NOBODY, mask_number(PARENT))
    for number in (NOBODY, CHILD):
        with pytest.raises(CodeExpired):
            await house.own_lines.link(house.deed("L1"), number, code, challenge)


async def test_five_wrong_tries_are_all(house: House) -> None:
    code, challenge = await house.text_code(CHILD, mask_number(PARENT))
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        with pytest.raises(WrongSecret):
            await house.own_lines.link(house.deed("L1"), CHILD, wrong, challenge)
    with pytest.raises(CodeExpired):
        await house.own_lines.link(house.deed("L1"), CHILD, code, challenge)


async def test_a_source_that_guesses_on_is_locked_out(house: House) -> None:
    answers = []
    for _ in range(40):
        answers += await at_once(house.own_lines.link(house.deed("L1"), CHILD, "000000", "none"))
    assert any(isinstance(answer, Locked) for answer in answers)


async def test_a_new_sim_card_in_the_other_line_links_nothing(house: House) -> None:
    house.town.sims["L2"] = house.watch()
    house.watch.advance(hours=1)
    code, challenge = await house.text_code(CHILD, mask_number(PARENT))
    with pytest.raises(SimChanged) as refused:
        await house.own_lines.link(house.deed("L1"), CHILD, code, challenge)
    assert refused.value.parameters["until"] > house.watch()
    assert await _count(house) == 0


async def test_a_bss_that_can_not_say_how_old_the_card_is_links_nothing(house: House) -> None:
    house.town.sims_down = True
    code, challenge = await house.text_code(CHILD, mask_number(PARENT))
    with pytest.raises(SimChanged) as refused:
        await house.own_lines.link(house.deed("L1"), CHILD, code, challenge)
    assert refused.value.parameters == {"until": None}


async def test_the_card_of_the_phone_that_got_the_code_counts(house: House) -> None:
    house.town.sims["L1"] = house.watch()
    code, challenge = await house.text_code(PARENT, mask_number(BROADBAND))
    with pytest.raises(SimChanged):
        await house.own_lines.link(house.deed("L1"), BROADBAND, code, challenge)


@pytest.mark.parametrize("number", ["", "12", "not a number", PARENT, f"+86{PARENT}"])
async def test_what_is_no_other_number_is_refused(house: House, number: str) -> None:
    with pytest.raises(BadArgument):
        await house.own_lines.link(house.deed("L1"), number, "123456", "none")


async def test_twenty_links_are_all(house: House) -> None:
    for index in range(LINKS_MOST + 1):
        house.town.move_in(f"139001390{index:02}", f"M{index}", f"D{index}")
    for index in range(LINKS_MOST):
        await house.link("L1", f"139001390{index:02}")
        house.watch.advance(minutes=2)
    with pytest.raises(TooMany) as refused:
        await house.link("L1", f"139001390{LINKS_MOST:02}")
    assert refused.value.parameters == {"most": LINKS_MOST}


async def test_either_side_ends_a_link(house: House) -> None:
    for ends, names in (("L1", "L2"), ("L2", "L1")):
        await house.link("L1", CHILD)
        house.watch.advance(minutes=2)
        deed = house.deed(ends, level=2)
        await house.own_lines.unlink(deed, names)
        await house.own_lines.unlink(deed, names)  # the same deed again is harmless
        assert ("L2", LineRelation.LINKED, True) not in _brief(await _see(house, "L1"))
        with pytest.raises(NotFound):
            await house.own_lines.unlink(house.deed(ends, level=2), names)


async def test_a_third_person_ends_no_link(house: House) -> None:
    await house.link("L1", CHILD)
    for line_id in ("L1", "L2"):
        with pytest.raises(NotFound):
            await house.own_lines.unlink(house.deed("L3"), line_id)
    assert ("L2", LineRelation.LINKED, True) in _brief(await _see(house, "L1"))


async def test_unlinking_ends_the_sessions_that_were_opened_over_the_link_and_no_other(house: House) -> None:
    await house.link("L1", CHILD)
    mine, childs = await house.sign_in("L1"), await house.sign_in("L2")
    opened = await house.line_switch.switch((await house.sign_in("L1")).token or "", "L2", Channel.WEB)
    await house.own_lines.unlink(house.deed("L2"), "L1")
    assert not await house.knows(opened.token)  # type: ignore[union-attr]
    assert await house.knows(mine.token)
    assert await house.knows(childs.token)


async def test_a_linked_line_that_was_closed_is_gone_from_the_list(house: House) -> None:
    await house.link("L1", CHILD)
    house.town.change("L2", state=LineState.CLOSED)
    assert "L2" not in [line.id for line in await _see(house, "L1")]


async def test_a_suspended_line_stays_in_the_list(house: House) -> None:
    await house.link("L1", CHILD)
    house.town.change("L2", state=LineState.SUSPENDED)
    assert ("L2", LineRelation.LINKED, True) in _brief(await _see(house, "L1"))


async def test_the_new_owner_of_a_linked_number_is_linked_with_nobody(house: House) -> None:
    await house.link("L1", CHILD)
    house.town.recycle(CHILD, "L2N", "C9")
    assert _brief(await _see(house, "L2N")) == [("L2N", LineRelation.CURRENT, True)]
    assert CHILD not in [house.town.lines[line.id].number for line in await _see(house, "L1")]


@pytest.mark.parametrize("line_id", ["L1", "L2"])
async def test_a_line_that_went_to_another_person_leaves_its_links_behind(house: House, line_id: str) -> None:
    await house.link("L1", CHILD)
    house.town.change(line_id, customer_id="C77")
    assert "L2" not in [line.id for line in await _see(house, "L1")]
    assert "L1" not in [line.id for line in await _see(house, "L2")]


async def test_colleagues_whose_organization_pays_do_not_see_each_others_lines(house: House) -> None:
    house.town.move_in("13700137001", "E1", "ORG", payer=Payer.ORGANIZATION)
    house.town.move_in("13700137002", "E2", "ORG", payer=Payer.ORGANIZATION)
    assert _brief(await _see(house, "E1")) == [("E1", LineRelation.CURRENT, True)]


async def test_the_other_owner_finds_linking_and_unlinking_in_their_trail(house: House) -> None:
    await house.link("L1", CHILD)
    await house.own_lines.unlink(house.deed("L1"), "L2")
    assert await trail_of(house, "L2") == [
        ("linkLine", "line:L1", mask_number(PARENT)),
        ("unlinkLine", "line:L1", mask_number(PARENT)),
    ]


async def test_a_line_that_is_known_from_earlier_only_is_not_linked(house: House) -> None:
    house.town.change("L2", stale=True)
    code, challenge = await house.text_code(CHILD, mask_number(PARENT))
    with pytest.raises(BssFault):
        await house.own_lines.link(house.deed("L1"), CHILD, code, challenge)


async def test_a_bss_that_is_down_is_a_fault_and_no_empty_list(house: House) -> None:
    house.town.down = True
    with pytest.raises(BssFault):
        await _see(house, "L1")


async def test_a_visitor_has_no_lines(house: House) -> None:
    with pytest.raises(SignInRequired):
        await house.own_lines.fetch_lines(Caller(Channel.WEB))


async def _count(house: House) -> int:
    async with read(house.engine) as connection:
        living = select(func.count()).select_from(line_link).where(line_link.c.ended_at_us.is_(None))
        return int((await connection.execute(living)).scalar_one())
