"""How does one person let another act for their line, and take that back?"""

from datetime import timedelta

import pytest

from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Turned
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.problems import BadArgument, NotFound, SignInRequired, SimChanged, TooMany
from graphql_schema.types.line import mask_number
from graphql_schema.types.own_line import Helper, HelpState

from .conftest import CHILD, FRIEND, NOBODY, PARENT, House, at_once, trail_of

pytestmark = pytest.mark.anyio
SCOPES = ["line", "usage"]


async def _helpers(house: House, line_id: str) -> list[Helper]:
    return list(await house.helping.fetch_helpers(Caller(Channel.WEB, line_id, house.town.lines[line_id].number, 1)))


async def _ask(house: House, helper: str = "L2", number: str = PARENT, days: int = 30) -> Deed:
    deed = house.deed(helper, level=2)
    await house.helping.ask(deed, number, SCOPES, days)
    await house.settle()
    return deed


async def _switch(house: House, helper: str, owner: str) -> Admitted | Turned:
    admitted = await house.sign_in(helper)
    return await house.line_switch.switch(admitted.token or "", owner, Channel.WEB)


async def test_a_grant_is_active_at_once_and_the_helper_is_told(house: House) -> None:
    made = await house.helping.grant(house.deed("L1", level=2), CHILD, SCOPES, 30)
    assert (made.masked_number, made.scopes, made.state) == (mask_number(CHILD), SCOPES, HelpState.ACTIVE)
    assert made.until == house.watch() + timedelta(days=30)
    await house.settle()
    terms = {"owner": mask_number(PARENT), "scopes": SCOPES, "days": 30}
    assert house.letters.sent == [(CHILD, "help_granted", terms)]
    assert await _helpers(house, "L1") == [made]


async def test_a_number_that_is_nobodys_is_granted_alike_and_opens_nothing(house: House) -> None:
    known = await house.helping.grant(house.deed("L1"), CHILD, SCOPES, 30)
    made = await house.helping.grant(house.deed("L1"), NOBODY, SCOPES, 30)
    await house.settle()
    assert (made.state, made.scopes, made.until) == (known.state, known.scopes, known.until)
    seen = {helper.masked_number for helper in await _helpers(house, "L1")}
    assert seen == {mask_number(NOBODY), mask_number(CHILD)}
    assert house.letters.of(NOBODY) == []
    house.town.move_in(NOBODY, "L9", "C9")  # whoever gets the number later is not who was meant
    await house.tidings.tell_waiting()
    assert await _switch(house, "L9", "L1") == Turned("not_found")


async def test_whose_number_it_is_is_not_looked_up_before_the_answer(house: House) -> None:
    await house.helping.grant(house.deed("L1"), CHILD, SCOPES, 30)
    assert CHILD not in house.town.asked
    await house.helping.ask(house.deed("L3"), PARENT, SCOPES, 30)
    assert PARENT not in house.town.asked
    await house.settle()
    assert {CHILD, PARENT} <= set(house.town.asked)


async def test_the_same_grant_again_is_one_permission(house: House) -> None:
    deed = house.deed("L1")
    first = await house.helping.grant(deed, CHILD, SCOPES, 30)
    assert await house.helping.grant(deed, CHILD, SCOPES, 30) == first
    await house.settle()
    assert len(await _helpers(house, "L1")) == 1
    assert house.letters.of(CHILD) == ["help_granted"]


async def test_a_new_grant_to_the_same_person_takes_the_place_of_the_old_one(house: House) -> None:
    await house.help("L1", CHILD, ("line", "bills"))
    acting = await _switch(house, "L2", "L1")
    narrower = await house.help("L1", CHILD, ("line",))
    assert [(helper.id, helper.scopes) for helper in await _helpers(house, "L1")] == [(narrower, ["line"])]
    assert not await house.knows(acting.token)  # type: ignore[union-attr]


async def test_five_people_may_help_one_line_even_if_all_are_let_in_at_once(house: House) -> None:
    numbers = [f"1390013902{index}" for index in range(7)]
    answers = await at_once(*(house.helping.grant(house.deed("L1"), number, SCOPES, 30) for number in numbers))
    assert sum(isinstance(answer, Helper) for answer in answers) == 5
    assert [answer.parameters for answer in answers if isinstance(answer, TooMany)] == [{"most": 5}] * 2
    assert len(await _helpers(house, "L1")) == 5


async def test_ten_grants_in_a_day_are_all_so_that_nobody_is_pestered(house: House) -> None:
    for _ in range(10):
        await house.help("L1", CHILD)
    with pytest.raises(TooMany) as refused:
        await house.help("L1", CHILD)
    assert refused.value.parameters == {"most": 10}
    assert len(await _helpers(house, "L1")) == 1
    house.watch.advance(days=1)
    await house.help("L1", CHILD)


@pytest.mark.parametrize(
    ("number", "scopes", "days"),
    [
        ("", SCOPES, 30),
        ("12345", SCOPES, 30),
        (PARENT, SCOPES, 30),
        (f"0086 {PARENT}", SCOPES, 30),
        (CHILD, [], 30),
        (CHILD, ["number"], 30),
        (CHILD, ["line", "openid"], 30),
        (CHILD, SCOPES, 0),
        (CHILD, SCOPES, 366),
    ],
)
async def test_what_can_not_be_granted_can_not_be_asked_either(
    house: House, number: str, scopes: list[str], days: int
) -> None:
    with pytest.raises(BadArgument):
        await house.helping.grant(house.deed("L1"), number, scopes, days)
    with pytest.raises(BadArgument):
        await house.helping.ask(house.deed("L1"), number, scopes, days)


async def test_the_owner_is_asked_and_nothing_opens_before_a_yes(house: House) -> None:
    await _ask(house)
    terms = {"helper": mask_number(CHILD), "scopes": SCOPES, "days": 30}
    assert house.letters.sent == [(PARENT, "help_asked", terms)]
    (asked,) = await _helpers(house, "L1")
    assert (asked.masked_number, asked.state) == (mask_number(CHILD), HelpState.ASKED)
    assert await _switch(house, "L2", "L1") == Turned("not_found")


async def test_a_yes_opens_and_tells_the_helper(house: House) -> None:
    await _ask(house)
    house.watch.advance(hours=2)
    said = await house.helping.answer(house.deed("L1", level=1, channel=Channel.SMS), None, accept=True)
    await house.settle()
    assert (said.state, said.until) == (HelpState.ACTIVE, house.watch() + timedelta(days=30))
    assert house.letters.of(CHILD) == ["help_granted"]
    opened = await _switch(house, "L2", "L1")
    assert isinstance(opened, Admitted)
    assert opened.caller.helper == "L2"


async def test_a_no_opens_nothing_and_is_not_told(house: House) -> None:
    await _ask(house)
    said = await house.helping.answer(house.deed("L1", level=1, channel=Channel.SMS), None, accept=False)
    await house.settle()
    assert said.state is HelpState.REFUSED
    assert await _helpers(house, "L1") == []
    assert house.letters.of(CHILD) == []
    assert await _switch(house, "L2", "L1") == Turned("not_found")


async def test_silence_for_a_day_is_a_no(house: House) -> None:
    await _ask(house)
    house.watch.advance(hours=23, minutes=59)
    assert len(await _helpers(house, "L1")) == 1
    house.watch.advance(minutes=1)
    assert await _helpers(house, "L1") == []
    with pytest.raises(NotFound):
        await house.helping.answer(house.deed("L1"), None, accept=True)


async def test_of_two_that_ask_a_bare_answer_means_neither(house: House) -> None:
    await _ask(house, "L2")
    await _ask(house, "L3")
    with pytest.raises(NotFound):
        await house.helping.answer(house.deed("L1"), None, accept=True)
    first, second = await _helpers(house, "L1")
    assert (await house.helping.answer(house.deed("L1"), second.id, accept=True)).id == second.id
    assert (await house.helping.answer(house.deed("L1"), None, accept=False)).id == first.id


async def test_nobody_else_answers_for_the_owner(house: House) -> None:
    await _ask(house)
    (asked,) = await _helpers(house, "L1")
    for other in ("L2", "L3"):
        with pytest.raises(NotFound):
            await house.helping.answer(house.deed(other), asked.id, accept=True)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.IVR])
async def test_a_yes_over_a_link_alone_needs_a_card_that_is_not_new(house: House, channel: Channel) -> None:
    await _ask(house)
    house.town.sims["L1"] = house.watch()
    with pytest.raises(SimChanged):
        await house.helping.answer(house.deed("L1", level=1, channel=channel), None, accept=True)
    house.town.sims_down = True
    with pytest.raises(SimChanged) as refused:
        await house.helping.answer(house.deed("L1", level=1, channel=channel), None, accept=True)
    assert refused.value.parameters == {"until": None}
    assert (await _helpers(house, "L1"))[0].state is HelpState.ASKED


async def test_a_no_counts_whatever_the_card(house: House) -> None:
    await _ask(house)
    house.town.sims_down = True
    said = await house.helping.answer(house.deed("L1", level=1, channel=Channel.SMS), None, accept=False)
    assert said.state is HelpState.REFUSED


async def test_whoever_proved_more_than_the_link_says_yes_with_a_new_card_too(house: House) -> None:
    await _ask(house)
    house.town.sims["L1"] = house.watch()
    assert (await house.helping.answer(house.deed("L1", level=2), None, accept=True)).state is HelpState.ACTIVE


async def test_of_a_yes_and_a_no_at_once_one_counts(house: House) -> None:
    for _ in range(3):
        await _ask(house)
        answers = await at_once(
            house.helping.answer(house.deed("L1"), None, accept=True),
            house.helping.answer(house.deed("L1"), None, accept=False),
            house.helping.answer(house.deed("L1"), None, accept=True),
        )
        said = [answer for answer in answers if isinstance(answer, Helper)]
        assert len(said) == 1
        assert all(isinstance(answer, NotFound) for answer in answers if not isinstance(answer, Helper))
        stands = [helper.id for helper in await _helpers(house, "L1")]
        assert stands == ([said[0].id] if said[0].state is HelpState.ACTIVE else [])
        if stands:
            await house.helping.end(house.deed("L1"), stands[0])


async def test_the_same_answer_again_is_the_same(house: House) -> None:
    await _ask(house)
    deed = house.deed("L1")
    first = await house.helping.answer(deed, None, accept=True)
    assert await house.helping.answer(deed, None, accept=True) == first


async def test_who_asks_again_is_not_heard_twice(house: House) -> None:
    deed = await _ask(house)
    await house.helping.ask(deed, PARENT, SCOPES, 30)
    await _ask(house)
    assert len(await _helpers(house, "L1")) == 1
    assert house.letters.of(PARENT) == ["help_asked"]


@pytest.mark.parametrize("number", [FRIEND, NOBODY])
async def test_three_asks_for_one_number_are_all_whoever_asks_and_whosever_it_is(house: House, number: str) -> None:
    for index in range(5):
        house.town.move_in(f"1390013903{index}", f"M{index}", f"D{index}")
    answers = await at_once(*(_ask(house, f"M{index}", number) for index in range(5)))
    assert [answer.parameters for answer in answers if isinstance(answer, TooMany)] == [{"most": 3}] * 2
    assert len(house.letters.of(number)) == (3 if number == FRIEND else 0)


async def test_that_an_ask_was_answered_does_not_show_in_how_many_may_follow(house: House) -> None:
    for index in range(4):
        house.town.move_in(f"1390013903{index}", f"M{index}", f"D{index}")
    for index in range(3):
        await _ask(house, f"M{index}")
        await house.helping.answer(house.deed("L1"), None, accept=False)
    with pytest.raises(TooMany):
        await _ask(house, "M3")


async def test_five_asks_in_a_day_are_all_that_one_person_has(house: House) -> None:
    for index in range(5):
        await _ask(house, "L2", f"1390013904{index}")
    with pytest.raises(TooMany) as refused:
        await _ask(house, "L2", "13900139049")
    assert refused.value.parameters == {"most": 5}


async def test_a_sixth_helper_can_not_be_let_in_by_a_yes(house: House) -> None:
    await _ask(house)
    for index in range(5):
        await house.help("L1", f"1390013905{index}")
    with pytest.raises(BadArgument) as refused:
        await house.helping.answer(house.deed("L1"), None, accept=True)
    assert refused.value.parameters == {"name": "helpers", "most": 5}
    assert await _switch(house, "L2", "L1") == Turned("not_found")


async def test_the_owner_ends_it_at_once_and_the_helper_is_told(house: House) -> None:
    permission = await house.help("L1", CHILD)
    acting = await _switch(house, "L2", "L1")
    deed = house.deed("L1", level=1)
    await house.helping.end(deed, permission)
    assert not await house.knows(acting.token)  # type: ignore[union-attr]
    assert await _switch(house, "L2", "L1") == Turned("not_found")
    await house.settle()
    assert house.letters.sent[-1] == (
        CHILD, "help_ended", {"owner": mask_number(PARENT), "helper": mask_number(CHILD)}
    )  # fmt: skip
    await house.helping.end(deed, permission)  # the same deed again is harmless
    assert house.letters.of(CHILD) == ["help_granted", "help_ended"]


@pytest.mark.parametrize("by_line", [False, True])
async def test_the_helper_ends_it_by_its_id_or_by_the_owners_line(house: House, by_line: bool) -> None:
    permission = await house.help("L1", CHILD)
    await house.helping.end(house.deed("L2"), "L1" if by_line else permission)
    await house.settle()
    assert house.letters.of(PARENT) == ["help_ended"]
    assert await _switch(house, "L2", "L1") == Turned("not_found")


async def test_the_owner_finds_in_the_trail_that_the_helper_ended_it(house: House) -> None:
    permission = await house.help("L1", CHILD)
    await house.helping.end(house.deed("L2"), permission)
    assert await trail_of(house, "L1") == [("endHelp", "line:L2", mask_number(CHILD))]


async def test_it_ends_while_every_other_system_is_down_and_is_told_later(house: House) -> None:
    permission = await house.help("L1", CHILD)
    acting = await _switch(house, "L2", "L1")
    house.town.down = True
    await house.helping.end(house.deed("L1"), permission)
    await house.settle()
    assert not await house.knows(acting.token)  # type: ignore[union-attr]
    assert house.letters.of(CHILD) == ["help_granted"]
    house.town.down = False
    await house.tidings.tell_waiting()
    assert house.letters.of(CHILD) == ["help_granted", "help_ended"]


async def test_a_third_person_ends_nothing(house: House) -> None:
    permission = await house.help("L1", CHILD)
    for named in (permission, "L1", "L2"):
        with pytest.raises(NotFound):
            await house.helping.end(house.deed("L3"), named)
    with pytest.raises(NotFound):
        await house.helping.end(house.deed("L1"), "L2")  # the owner names the permission
    assert len(await _helpers(house, "L1")) == 1


async def test_a_helpers_own_session_goes_on_when_the_help_ends(house: House) -> None:
    permission = await house.help("L1", CHILD)
    at_home = await house.sign_in("L2")
    await house.helping.end(house.deed("L1"), permission)
    assert await house.knows(at_home.token)


async def test_a_question_that_is_taken_back_leaves_what_was_granted_before(house: House) -> None:
    await house.help("L1", CHILD)
    acting = await _switch(house, "L2", "L1")
    await _ask(house)
    asked = next(seen for seen in await _helpers(house, "L1") if seen.state is HelpState.ASKED)
    await house.helping.end(house.deed("L1"), asked.id)
    assert await house.knows(acting.token)  # type: ignore[union-attr]


async def test_a_yes_to_other_terms_ends_the_sessions_of_the_old_ones(house: House) -> None:
    await house.help("L1", CHILD, ("line", "bills"))
    acting = await _switch(house, "L2", "L1")
    await _ask(house)
    await house.helping.answer(house.deed("L1"), None, accept=True)
    assert not await house.knows(acting.token)  # type: ignore[union-attr]


async def test_what_is_ended_never_opens_again(house: House) -> None:
    await _ask(house)
    (asked,) = await _helpers(house, "L1")
    await house.helping.end(house.deed("L2"), asked.id)  # the helper takes the question back
    with pytest.raises(NotFound):
        await house.helping.answer(house.deed("L1"), asked.id, accept=True)
    assert await _helpers(house, "L1") == []


async def test_the_next_holder_of_a_line_sees_nobody_whom_the_former_let_in(house: House) -> None:
    await house.help("L1", CHILD)
    await _ask(house, "L3")
    house.town.change("L1", customer_id="C77")
    assert await _helpers(house, "L1") == []
    with pytest.raises(NotFound):
        await house.helping.answer(house.deed("L1"), None, accept=True)


async def test_a_visitor_and_a_line_that_is_gone_let_nobody_help(house: House) -> None:
    visitor = Deed("d", Caller(Channel.WEB))
    gone = Deed("e", Caller(Channel.WEB, "L404", "13800138404", 2))
    for deed in (visitor, gone):
        with pytest.raises(SignInRequired):
            await house.helping.grant(deed, CHILD, SCOPES, 30)


async def test_a_helper_passes_no_help_on(house: House) -> None:
    await house.help("L1", CHILD)
    opened = await _switch(house, "L2", "L1")
    assert isinstance(opened, Admitted)
    deed = Deed("d", opened.caller)
    with pytest.raises(SignInRequired):
        await house.helping.grant(deed, FRIEND, SCOPES, 30)
    with pytest.raises(SignInRequired):
        await house.helping.answer(deed, None, accept=True)
    with pytest.raises(SignInRequired):
        await house.helping.fetch_helpers(opened.caller)


async def test_a_helper_may_end_it_while_acting(house: House) -> None:
    permission = await house.help("L1", CHILD)
    opened = await _switch(house, "L2", "L1")
    assert isinstance(opened, Admitted)
    await house.helping.end(Deed("d", opened.caller), permission)
    assert not await house.knows(opened.token)
    assert await trail_of(house, "L1") == [
        ("switch_line", "line:L2", mask_number(PARENT)),
        ("endHelp", "line:L2", mask_number(CHILD)),
    ]


async def test_a_bss_that_is_down_lets_nobody_in(house: House) -> None:
    house.town.down = True
    with pytest.raises(BssFault):
        await house.helping.grant(house.deed("L1"), CHILD, SCOPES, 30)
