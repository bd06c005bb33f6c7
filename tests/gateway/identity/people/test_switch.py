"""How does a session go on for another line?"""

from datetime import timedelta

import pytest

from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Turned
from graphql_schema.scopes import open_fields
from graphql_schema.types.line import LineState, mask_number
from graphql_schema.types.own_line import LineRelation

from .conftest import BROADBAND, CHILD, FRIEND, PARENT, House, at_once, trail_of

pytestmark = pytest.mark.anyio


async def _switch(house: House, admitted: Admitted | Turned, line_id: str) -> Admitted | Turned:
    assert isinstance(admitted, Admitted)
    return await house.line_switch.switch(admitted.token or "", line_id, Channel.WEB)


async def _opened(house: House, admitted: Admitted | Turned, line_id: str) -> Admitted:
    opened = await _switch(house, admitted, line_id)
    assert isinstance(opened, Admitted), opened
    return opened


async def test_a_session_goes_on_for_a_linked_line_with_another_token(house: House) -> None:
    await house.link("L1", CHILD)
    before = await house.sign_in("L1")
    opened = await _opened(house, before, "L2")
    caller = opened.caller
    assert (caller.subscriber, caller.number, caller.helper, caller.fields) == ("L2", CHILD, None, None)
    assert opened.token not in (None, before.token)
    assert not await house.knows(before.token)
    assert await house.knows(opened.token)


async def test_level_3_never_comes_along(house: House) -> None:
    await house.link("L1", CHILD)
    before = await house.sign_in("L1", Factor.CODE, Factor.PASSWORD)
    assert before.caller.assurance == 3
    opened = await _opened(house, before, "L2")
    assert opened.caller.assurance == 2
    assert len(opened.caller.proofs) == 1


async def test_what_was_proved_of_the_own_line_makes_no_level_3_with_a_proof_of_the_other(house: House) -> None:
    await house.link("L1", CHILD)
    opened = await _opened(house, await house.sign_in("L1", Factor.PASSWORD), "L2")
    async with house.engine.begin() as connection:
        proved = await house.sessions.prove(connection, opened.token or "", Channel.WEB, Factor.CODE, now=house.watch())
    assert proved is not None
    assert proved.caller.assurance == 2


async def test_the_way_back_to_the_own_line_is_always_open(house: House) -> None:
    await house.link("L1", CHILD)
    opened = await _opened(house, await house.sign_in("L1"), "L2")
    back = await _opened(house, opened, "L1")
    assert (back.caller.subscriber, back.caller.assurance) == ("L1", 2)


async def test_a_line_that_was_not_linked_yet_does_not_open(house: House) -> None:
    before = await house.sign_in("L1")
    for line_id in ("L1B", "L2", "nobody's", ""):
        assert await _switch(house, before, line_id) == Turned("not_found")
    assert await house.knows(before.token)


async def test_a_link_opens_one_way(house: House) -> None:
    await house.link("L1", CHILD)
    assert await _switch(house, await house.sign_in("L2"), "L1") == Turned("not_found")


async def test_links_are_not_handed_on(house: House) -> None:
    await house.link("L1", CHILD)
    await house.link("L2", FRIEND)
    opened = await _opened(house, await house.sign_in("L1"), "L2")
    assert await _switch(house, opened, "L3") == Turned("not_found")
    seen = await house.own_lines.fetch_lines(opened.caller)
    assert [(line.id, line.relation) for line in seen][:2] == [
        ("L2", LineRelation.CURRENT),
        ("L1", LineRelation.SAME_CUSTOMER),
    ]
    assert "L3" not in [line.id for line in seen]


async def test_helping_one_person_opens_nobody_whom_they_help(house: House) -> None:
    await house.help("L2", PARENT)  # the parent helps the child, who helps a friend
    await house.help("L3", CHILD)
    opened = await _opened(house, await house.sign_in("L1"), "L2")
    assert await _switch(house, opened, "L3") == Turned("not_found")


async def test_a_helper_gets_the_granted_fields_and_no_more_than_level_2(house: House) -> None:
    await house.help("L1", CHILD, ("line", "usage"), days=3)
    opened = await _opened(house, await house.sign_in("L2"), "L1")
    caller = opened.caller
    assert (caller.subscriber, caller.helper, caller.assurance) == ("L1", "L2", 2)
    assert caller.fields == open_fields(["line", "usage"])
    assert caller.actor == "line:L2"


async def test_a_helper_who_proves_more_gets_no_level_3(house: House) -> None:
    await house.help("L1", CHILD)
    opened = await _opened(house, await house.sign_in("L2", Factor.PASSWORD), "L1")
    async with house.engine.begin() as connection:
        proved = await house.sessions.prove(connection, opened.token or "", Channel.WEB, Factor.CODE, now=house.watch())
    assert proved is None or proved.caller.assurance <= 2


async def test_a_helpers_list_shows_what_they_may_do_and_until_when(house: House) -> None:
    await house.help("L1", CHILD, ("line", "money"), days=3)
    seen = await house.own_lines.fetch_lines(Caller(Channel.WEB, "L2", CHILD, 2))
    helped = next(line for line in seen if line.id == "L1")
    assert (helped.relation, helped.can_open, helped.scopes) == (LineRelation.HELPING, True, ["line", "money"])
    assert helped.until == house.watch() + timedelta(days=3)
    assert helped.masked_number == mask_number(PARENT)


async def test_a_session_of_a_helper_ends_with_the_permission(house: House) -> None:
    await house.help("L1", CHILD, days=1)
    house.watch.advance(hours=23, minutes=50)
    opened = await _opened(house, await house.sign_in("L2"), "L1")
    house.watch.advance(minutes=9, seconds=59)
    assert await house.knows(opened.token)
    house.watch.advance(seconds=1)
    assert not await house.knows(opened.token)


async def test_back_at_home_a_helpers_session_is_a_whole_one_again(house: House) -> None:
    await house.help("L1", CHILD, days=1)
    house.watch.advance(hours=23, minutes=50)
    opened = await _opened(house, await house.sign_in("L2"), "L1")
    back = await _opened(house, opened, "L2")
    house.watch.advance(minutes=20)
    assert (back.caller.helper, back.caller.fields) == (None, None)
    assert await house.knows(back.token)


async def test_a_person_of_level_1_opens_no_other_line(house: House) -> None:
    await house.link("L1", CHILD)
    before = await house.sign_in("L1", Factor.LINK)
    assert await _switch(house, before, "L2") == Turned("step_up_required", {"needed": 2})


async def test_a_token_works_once_for_any_number_of_switches_at_once(house: House) -> None:
    await house.link("L1", CHILD)
    before = await house.sign_in("L1")
    answers = await at_once(*(_switch(house, before, "L2") for _ in range(5)))
    assert sum(isinstance(answer, Admitted) for answer in answers) == 1
    assert [answer for answer in answers if isinstance(answer, Turned)] == [Turned("session_ended")] * 4


async def test_a_token_of_another_channel_or_of_nobody_opens_nothing(house: House) -> None:
    await house.link("L1", CHILD)
    before = await house.sign_in("L1")
    assert await house.line_switch.switch(before.token or "", "L2", Channel.APP) == Turned("session_ended")
    assert await house.line_switch.switch("nobody's", "L2", Channel.WEB) == Turned("session_ended")


async def test_the_current_line_is_no_switch(house: House) -> None:
    before = await house.sign_in("L1")
    assert await _switch(house, before, "L1") == Admitted(before.caller, before.token, before.expires_at)


async def test_a_closed_line_does_not_open(house: House) -> None:
    await house.link("L1", CHILD)
    house.town.change("L2", state=LineState.CLOSED)
    assert await _switch(house, await house.sign_in("L1"), "L2") == Turned("not_found")


async def test_a_line_that_went_to_another_person_does_not_open_to_a_helper(house: House) -> None:
    await house.help("L1", CHILD)
    house.town.change("L1", customer_id="C77")
    assert await _switch(house, await house.sign_in("L2"), "L1") == Turned("not_found")


async def test_whoever_holds_a_helpers_line_later_is_no_helper(house: House) -> None:
    await house.help("L1", CHILD)
    house.town.change("L2", customer_id="C77")
    assert await _switch(house, await house.sign_in("L2"), "L1") == Turned("not_found")


async def test_a_line_that_is_known_from_earlier_only_does_not_open(house: House) -> None:
    await house.help("L1", CHILD)
    house.town.change("L1", stale=True)
    assert await _switch(house, await house.sign_in("L2"), "L1") == Turned("unavailable")


async def test_a_bss_that_is_down_opens_nothing_and_ends_nothing(house: House) -> None:
    await house.link("L1", CHILD)
    before = await house.sign_in("L1")
    house.town.down = True
    assert await _switch(house, before, "L2") == Turned("unavailable")
    assert await house.knows(before.token)


async def test_a_switch_is_in_the_trail_of_the_line_that_was_opened(house: House) -> None:
    await house.help("L1", CHILD)
    await _opened(house, await house.sign_in("L2"), "L1")
    assert await trail_of(house, "L1") == [("switch_line", "line:L2", mask_number(PARENT))]


async def test_a_broadband_line_opens_once_it_is_linked(house: House) -> None:
    code, challenge = await house.text_code(PARENT, mask_number(BROADBAND))
    await house.own_lines.link(house.deed("L1"), BROADBAND, code, challenge)
    opened = await _opened(house, await house.sign_in("L1"), "L1B")
    assert opened.caller.number == BROADBAND
