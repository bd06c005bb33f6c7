"""Is an invitation rewarded once, to both, and to nobody who invites themselves?"""

import asyncio
import re
from datetime import timedelta

import pytest

from graphql_schema.client import Caller, Channel
from graphql_schema.problems import InvitationRefused, NotFound
from graphql_schema.types.promotion import Invitation, InvitationState
from loyalty.campaign_tables import happening
from loyalty.referral.codes import LETTERS, derive_code, parse_code
from loyalty.referral.invitations import SqlReferrals
from loyalty.referral.retention import forget_invitations_of
from loyalty.referral.rewarding import ReferralWork
from loyalty.referral_tables import invitation, referral_code
from tests.loyalty.grants.fair import SECRET, BrokenOffError
from tests.loyalty.referral.conftest import Party

pytestmark = pytest.mark.anyio


async def test_both_are_rewarded_after_the_first_paid_bill_once(party: Party) -> None:
    code = (await party.see()).code
    await party.accept("L2", code)
    assert await party.fair.points("L1") == (0, 0)
    assert await party.pays("L2")
    assert not await party.pays("L2")
    assert await party.fair.points("L1") == (500, 0)
    assert await party.fair.points("L2") == (500, 0)
    shown = await party.see()
    assert [(each.masked_number, each.state) for each in shown.invitations] == [("***0002", InvitationState.REWARDED)]
    assert shown.link.endswith(code)
    assert [reward.points for reward in shown.rewards] == [500]


async def test_a_line_has_one_code_that_cannot_be_misread(party: Party) -> None:
    code = (await party.see()).code
    assert re.fullmatch(f"[{LETTERS}]{{8}}", code)
    assert not set("01ILO") & set(LETTERS)
    assert (await party.see()).code == code != (await party.see("L2")).code
    assert parse_code(f" {code[:4].lower()}-{code[4:]} ") == code
    await party.accept("L3", f"{code[:4].lower()} {code[4:]}")


async def test_a_code_that_is_another_s_is_not_given_twice(party: Party) -> None:
    async with party.house.transaction() as connection:
        row = {"line_id": "L9", "code": derive_code(SECRET, "L1", 0), "made_at_us": 0}
        await connection.execute(referral_code.insert().values(row))
    assert (await party.see()).code == derive_code(SECRET, "L1", 1)


@pytest.mark.parametrize(
    ("tie", "reason"), [("devices", "device"), ("payers", "payer"), ("addresses", "address"), ("customer", "customer")]
)
async def test_who_invites_themselves_is_refused(party: Party, tie: str, reason: str) -> None:
    code = (await party.see()).code
    if tie == "customer":
        party.fair.customers.changes["L2"] |= {"customer_id": "C-L1"}
    else:
        party.shares("L2", **{tie: "the same digest"})
    await refused(party, "L2", code, "own")
    (row,) = await party.rows(invitation)
    assert (row.state, row.reason) == ("refused", reason)
    assert not await party.pays("L2")
    assert (await party.see()).invitations[0].state is InvitationState.REFUSED


async def test_lines_of_one_account_and_the_line_itself_are_one_s_own(party: Party) -> None:
    code = (await party.see()).code
    party.fair.customers.changes["L1"] = {"since": party.fair.moment.date()}
    await refused(party, "L1", code, "own")
    party.fair.customers.changes["L2"] |= {"account_id": "A-L1"}
    await refused(party, "L2", code, "own")
    assert [row.reason for row in await party.rows(invitation)] == ["account"]


async def test_of_several_reasons_the_most_telling_is_said(party: Party) -> None:
    """Whoever has been here for long is told that only where nothing else is so."""
    referrals = SqlReferrals(party.make_house(most_a_month=1))
    code, other = (await party.see()).code, (await party.see("L3")).code
    await party.accept("L2", code)
    party.referrals = referrals
    await refused(party, "L4", code, "too_many")
    long_ago = {"since": party.fair.moment.date() - timedelta(days=400)}
    for line_id in ("L1", "L2", "L4", "L5"):
        party.fair.customers.changes.setdefault(line_id, {}).update(long_ago)
    await refused(party, "L4", "NOTACODE", "unknown")
    await refused(party, "L1", code, "own")
    await refused(party, "L2", other, "already")
    await refused(party, "L4", code, "too_late")
    party.shares("L5", devices="the same digest")
    await refused(party, "L5", code, "own")
    assert [row.state for row in await party.rows(invitation)] == ["accepted", "refused"]


async def test_what_is_known_of_a_payer_later_still_counts(party: Party) -> None:
    await party.accept("L2", (await party.see()).code)
    party.shares("L2", payers="the same card")
    assert await party.pays("L2")
    assert await party.fair.points("L1") == (0, 0)
    assert (await party.see()).invitations[0].state is InvitationState.REFUSED


async def test_only_a_new_line_can_say_who_invited_it(party: Party) -> None:
    code, today = (await party.see()).code, party.fair.moment.date()
    for line_id, days in (("L2", 30), ("L3", 31)):
        party.fair.customers.changes[line_id] = {"since": today - timedelta(days=days)}
    await party.accept("L2", code)
    await refused(party, "L3", code, "too_late")


async def test_a_line_comes_by_one_invitation(party: Party) -> None:
    code = (await party.see()).code
    await party.accept("L2", code, deed="D-once")
    assert (await party.accept("L2", code, deed="D-once")).state is InvitationState.ACCEPTED
    await refused(party, "L2", code, "already")
    await refused(party, "L2", (await party.see("L3")).code, "already")
    await refused(party, "L2", "NOTACODE", "unknown")


async def test_no_more_come_in_a_month_than_there_may_be_however_many_at_once(party: Party) -> None:
    party.referrals = SqlReferrals(party.make_house(most_a_month=2))
    code = (await party.see()).code
    answers = await asyncio.gather(
        *(party.accept(f"L{number}", code) for number in range(2, 8)), return_exceptions=True
    )
    assert sum(isinstance(answer, Invitation) for answer in answers) == 2
    reasons = {answer.parameters["reason"] for answer in answers if isinstance(answer, InvitationRefused)}
    assert reasons == {"too_many"}
    party.fair.advance(days=10)  # it is December
    await party.accept("L3" if len(await party.rows(invitation)) < 2 else "L9", code)


async def test_while_nobody_can_say_what_both_have_in_common_it_waits(party: Party) -> None:
    await party.accept("L2", (await party.see()).code)
    party.ties.down = True
    await party.pays("L2")
    assert await party.rows(happening) == []
    party.ties.down = False
    party.fair.advance(minutes=11)
    await party.work.work()
    await party.fair.work.work()
    assert await party.fair.points("L2") == (500, 0)


@pytest.mark.parametrize("boundary", ["invitation.judged", "invitation.rewarded"])
async def test_whoever_dies_there_rewards_both_once(party: Party, boundary: str) -> None:
    await party.accept("L2", (await party.see()).code)
    party.fair.break_at = boundary
    with pytest.raises(BrokenOffError):
        await party.pays("L2")
    party.fair.advance(seconds=31)
    await asyncio.gather(*(ReferralWork(party.house).work() for _ in range(2)))
    await party.fair.work.work()
    assert sorted(row.id.rpartition(":")[2] for row in await party.rows(happening)) == ["invitee", "inviter"]
    assert await party.fair.points("L1") == await party.fair.points("L2") == (500, 0)


async def test_who_dies_after_accepting_is_answered_the_same(party: Party) -> None:
    code = (await party.see()).code
    party.fair.break_at = "invitation.accepted"
    with pytest.raises(BrokenOffError):
        await party.accept("L2", code, deed="D-broken")
    assert (await party.accept("L2", code, deed="D-broken")).state is InvitationState.ACCEPTED
    assert len(await party.rows(invitation)) == 1


async def test_a_visitor_has_no_code(party: Party) -> None:
    with pytest.raises(NotFound):
        await party.referrals.fetch_referral(Caller(Channel.WEB))


async def refused(party: Party, line_id: str, code: str, reason: str) -> None:
    with pytest.raises(InvitationRefused) as found:
        await party.accept(line_id, code)
    assert found.value.parameters["reason"] == reason


async def test_the_next_holder_of_a_line_is_nobody_s_guest_and_nobody_s_host(party: Party) -> None:
    code = (await party.see()).code
    await party.accept("L2", code)
    async with party.house.transaction() as connection:
        await forget_invitations_of(connection, "L2")
    assert not await party.pays("L2")
    assert (await party.see()).invitations[0].masked_number == ""
    await party.accept("L2", code)
    async with party.house.transaction() as connection:
        await forget_invitations_of(connection, "L1")
    await refused(party, "L3", code, "unknown")
    assert (await party.see()).invitations == []
    await party.accept("L4", (await party.see("L5")).code)
    await party.pays("L4")
    async with party.house.transaction() as connection:
        for line_id in ("L4", "L5"):
            await forget_invitations_of(connection, line_id)
    assert [row.state for row in await party.rows(invitation)] == ["refused", "refused", "rewarded"]
