"""Do campaigns come in with four eyes, go off with two, and say beforehand what they would have cost?"""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from gateway.database import write
from graphql_schema.ports import BssFault
from graphql_schema.problems import CampaignRefused, NeedsOtherEyes, NotFound, StillUnderWay
from loyalty.campaign_tables import campaign_version
from loyalty.campaigns.document import read_campaign
from loyalty.campaigns.simulation import PastHappening, Simulation, simulate
from loyalty.rules.campaign import CriteriaGroup, Limits, Relation
from loyalty.rules.compiling import Rules
from loyalty.rules.condition import Between, FirstTime, Listed, Measured, OneOf
from loyalty.rules.facts import HappeningKind
from tests.loyalty.counting import count_statements
from tests.loyalty.desk.office import LAST_MONTH, Office, write_campaign
from tests.loyalty.grants.fair import NOW, TEN, THIRTY, make_campaign

pytestmark = pytest.mark.anyio
SPRING = make_campaign(TEN, begins_at=NOW - timedelta(days=1), budget_fen=100_000)


async def test_what_was_proposed_counts_for_nothing_before_a_colleague_switches_it_on(office: Office) -> None:
    kept = await office.desk.propose(office.deed("1001"), write_campaign(SPRING))
    (standing,) = await office.desk.fetch_campaigns()
    assert (standing.on, standing.live_version, standing.waiting) == (False, None, kept)
    await office.fair.recharge("a")
    assert await office.fair.grants() == []
    on = await office.desk.switch_on(office.deed("1002"), "spring", kept.version)
    assert (on.on, on.live_version, on.waiting, on.switched_by) == (True, 1, None, "staff:1002")
    await office.fair.recharge("b")
    assert len(await office.fair.grants()) == 1


async def test_a_list_of_campaigns_asks_no_more_of_the_database_than_one(office: Office) -> None:
    counted = set[int]()
    for number in range(1, 4):
        await office.put_on(make_campaign(TEN, id=f"spring-{number}"))
        await office.desk.fetch_campaigns()  # each version is read once
        counted.add(await count_statements(office.fair.engine, office.desk.fetch_campaigns))
    assert len(counted) == 1


async def test_who_proposed_a_version_can_not_switch_it_on_and_can_switch_it_off(office: Office) -> None:
    await office.put_on(SPRING)
    second = await office.desk.propose(office.deed("1002"), write_campaign(SPRING, nameEn="Later"))
    with pytest.raises(NeedsOtherEyes):
        await office.desk.switch_on(office.deed("1002"), "spring", second.version)
    (standing,) = await office.desk.fetch_campaigns()
    assert (standing.live_version, standing.promotion.name.en) == (1, "Spring")
    assert standing.waiting is not None
    off = await office.desk.switch_off(office.deed("1002"), "spring")
    assert (off.on, off.switched_by) == (False, "staff:1002")
    with pytest.raises(NeedsOtherEyes):
        await office.desk.switch_on(office.deed("1001"), "spring", 1)


async def test_a_running_campaign_goes_on_by_its_version_until_the_next_is_switched_on(office: Office) -> None:
    await office.put_on(SPRING)
    dearer = make_campaign(THIRTY)
    await office.desk.propose(office.deed("1001"), write_campaign(dearer))
    await office.fair.recharge("a")
    await office.desk.switch_on(office.deed("1002"), "spring", 2)
    await office.fair.recharge("b", line_id="L2")
    amounts = [(await office.fair.grant(line)).reward for line in ("L1", "L2")]
    assert [each.amount.amount for each in amounts if each and each.amount] == [10, 30]
    (standing,) = await office.desk.fetch_campaigns()
    assert (standing.grants, standing.cost.amount) == (2, Decimal(40))


async def test_switching_again_changes_nothing_and_says_how_it_stands(office: Office) -> None:
    await office.put_on(SPRING)
    again = await office.desk.switch_on(office.deed("1003"), "spring", 1)
    assert again.switched_by == "staff:1002"
    off = [await office.desk.switch_off(office.deed(by), "spring") for by in ("1003", "1004")]
    assert [each.switched_by for each in off] == ["staff:1003", "staff:1003"]


async def test_the_same_document_is_the_same_version_and_a_deed_done_again_keeps_one(office: Office) -> None:
    document, deed = write_campaign(SPRING), office.deed()
    first = await office.desk.propose(deed, document)
    assert await office.desk.propose(deed, document) == first
    assert await office.desk.propose(office.deed("1002"), document) == first
    file = await office.desk.fetch_campaign("spring")
    assert [(each.version, each.proposed_by, each.document) for each in file.versions] == [(1, "staff:1001", document)]


async def test_a_bad_document_is_refused_with_every_fault_and_its_line_and_nothing_is_kept(office: Office) -> None:
    document = write_campaign(SPRING, name=7, validFor={"startDateTime": "soon", "endDateTime": "later"})
    check = await office.desk.check(document)
    lines = document.splitlines()
    assert [(each.code, each.pointer) for each in check.faults] == [
        ("not_a_text", "/name"),
        ("not_an_instant", "/validFor/startDateTime"),
        ("not_an_instant", "/validFor/endDateTime"),
    ]
    for fault, word in zip(check.faults, ('"name": 7', "soon", "later"), strict=True):
        assert word in lines[fault.line - 1]
    with pytest.raises(CampaignRefused) as refused:
        await office.desk.propose(office.deed(), document)
    assert refused.value.parameters["faults"] == check.faults
    assert await office.desk.fetch_campaigns() == []


async def test_what_can_not_stand_beside_what_is_on_is_refused_when_it_is_switched_on_too(office: Office) -> None:
    rules = {"exclusion_group": "gifts", "priority": 1}
    rival = make_campaign(TEN, id="rival", **rules)
    kept = await office.desk.propose(office.deed("1001"), write_campaign(rival))
    await office.put_on(make_campaign(TEN, **rules))
    with pytest.raises(CampaignRefused) as refused:
        await office.desk.switch_on(office.deed("1002"), "rival", kept.version)
    assert [each.code for each in refused.value.parameters["faults"]] == ["priority_taken"]


async def test_what_is_not_there_can_be_neither_seen_nor_switched(office: Office) -> None:
    await office.desk.propose(office.deed("1001"), write_campaign(SPRING))
    with pytest.raises(NotFound):
        await office.desk.switch_on(office.deed("1002"), "spring", 2)
    for deed in (office.desk.switch_on(office.deed(), "none", 1), office.desk.switch_off(office.deed(), "none")):
        with pytest.raises(NotFound):
            await deed
    with pytest.raises(NotFound):
        await office.desk.fetch_campaign("none")


async def test_the_shell_puts_its_versions_beside_what_was_proposed_and_switches_none_of_that_on(
    office: Office,
) -> None:
    await office.desk.propose(office.deed("1001"), write_campaign(SPRING))
    with pytest.raises(LookupError):
        await office.fair.desk.switch("spring", on=True, by="shell")
    document = write_campaign(SPRING, nameEn="From the shell")
    assert await office.fair.desk.put_campaign(read_campaign(document), document, by="shell") == 2
    await office.fair.desk.switch("spring", on=True, by="shell")
    (standing,) = await office.desk.fetch_campaigns()
    assert (standing.live_version, standing.waiting, standing.promotion.name.en) == (2, None, "From the shell")
    await office.fair.recharge("a")
    assert len(await office.fair.grants()) == 1


async def test_conditions_come_in_their_groups(office: Office) -> None:
    stars = CriteriaGroup((Between(Measured.STARS, least=4), FirstTime()), Relation.ANY)
    regions = CriteriaGroup((OneOf(Listed.REGION, frozenset({"440000"})),))
    await office.put_on(make_campaign(TEN, groups=(stars, regions), relation=Relation.ALL))
    (standing,) = await office.desk.fetch_campaigns()
    assert not standing.any_group
    assert [(group.any_one, [each.key for each in group.conditions]) for group in standing.criteria] == [
        (True, ["stars_between", "first_time"]),
        (False, ["region_is_one_of"]),
    ]


async def test_a_trial_says_what_last_month_would_have_cost_and_when_the_budget_would_have_ended(
    office: Office,
) -> None:
    for day in range(5):
        at = LAST_MONTH + timedelta(days=day)
        await office.happened(f"r{day}", line_id=f"L{day % 3}", at=at)
    await office.happened("small", 9999)
    await office.happened("before", at=datetime(2026, 9, 30, 15, 59, tzinfo=UTC))
    await office.happened("after", at=datetime(2026, 10, 31, 16, tzinfo=UTC))
    check = await office.desk.check(write_campaign(make_campaign(TEN, budget_fen=3500)))
    trial = check.trial
    assert trial is not None
    assert (trial.month, trial.happenings, trial.looked_at) == (date(2026, 10, 1), 6, 6)
    assert (trial.grants, trial.winners, trial.cost.amount) == (3, 3, Decimal(30))
    assert trial.budget_ended_at == LAST_MONTH + timedelta(days=3)
    assert [(each.key, each.given, each.stock) for each in trial.rewards] == [("ten", 3, None)]
    assert await office.desk.fetch_campaigns() == []


async def test_who_switches_on_sees_what_the_version_would_have_cost_when_it_was_proposed(office: Office) -> None:
    await office.happened("a")
    stocked = replace(TEN, stock=5)
    document = write_campaign(make_campaign(stocked, budget_fen=1000))
    shown = (await office.desk.check(document)).trial
    kept = await office.desk.propose(office.deed("1001"), document)
    assert shown is not None
    assert shown.grants == 1
    assert kept.trial == shown
    await office.happened("b", line_id="L2")
    (found,) = (await office.desk.fetch_campaign("spring")).versions
    assert found.trial == shown, "it is of when it was proposed"


async def test_a_version_of_the_desk_that_nobody_tried_is_not_switched_on(office: Office) -> None:
    kept = await office.desk.propose(office.deed("1001"), write_campaign(SPRING))
    async with write(office.engine) as connection:
        await connection.execute(update(campaign_version).values(trial=None))
    with pytest.raises(CampaignRefused) as refused:
        await office.desk.switch_on(office.deed("1002"), "spring", kept.version)
    assert [each.code for each in refused.value.parameters["faults"]] == ["not_tried"]
    document = write_campaign(SPRING, nameEn="From the shell")
    second = await office.fair.desk.put_campaign(read_campaign(document), document, by="system:shell")
    assert (await office.desk.switch_on(office.deed("1002"), "spring", second)).live_version == second


async def test_a_trial_asks_about_people_only_where_a_condition_does(office: Office) -> None:
    await office.happened("a")
    office.fair.customers.down = True
    plain = await office.desk.check(write_campaign(SPRING))
    assert plain.trial is not None
    assert plain.trial.grants == 1
    regions = CriteriaGroup((OneOf(Listed.REGION, frozenset({"guangdong"})),))
    picky = write_campaign(make_campaign(TEN, groups=(regions,)))
    with pytest.raises(BssFault):
        await office.desk.check(picky)
    office.fair.customers.down = False
    office.fair.customers.changes["L2"] = {"region": "beijing"}
    await office.happened("b", line_id="L2")
    answered = await office.desk.check(picky)
    assert answered.trial is not None
    assert (answered.trial.looked_at, answered.trial.grants) == (2, 1)


async def test_a_line_that_is_gone_and_those_beyond_what_is_asked_are_said_to_be_left_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.desk.past.LINES_ASKED_MOST", 2)
    stars = make_campaign(TEN, groups=(CriteriaGroup((Between(Measured.STARS, least=1),)),))
    for place, line in enumerate(("L1", "X9", "L1", "L3", "L1")):
        await office.happened(f"r{place}", line_id=line, at=LAST_MONTH + timedelta(hours=place))
    trial = (await office.desk.check(write_campaign(stars))).trial
    assert trial is not None
    assert (trial.happenings, trial.looked_at, trial.grants) == (5, 2, 2)


async def test_of_more_than_a_trial_looks_at_the_first_are_looked_at(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = frozenset({HappeningKind.RECHARGE, HappeningKind.BILL_PAID})
    for hour in range(4):
        more = {"kind": HappeningKind.BILL_PAID, "id": f"bill:{hour}"} if hour % 2 else {}
        await office.happened(f"r{hour}", 10000 + hour, at=LAST_MONTH + timedelta(hours=hour), **more)
    document = write_campaign(make_campaign(TEN, kinds=both))
    monkeypatch.setattr("loyalty.desk.past.ROWS_AT_ONCE", 1)
    assert await _look(office, document) == (4, 4, 4)
    monkeypatch.setattr("loyalty.desk.past.HAPPENINGS_MOST", 3)
    assert await _look(office, document) == (4, 3, 3)
    monkeypatch.setattr("loyalty.desk.past.COUNTED_MOST", 3)
    assert await _look(office, document) == (None, 3, 3)


async def test_a_trial_stops_asking_and_looking_when_its_time_is_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in range(3):
        await office.happened(f"r{hour}", line_id=f"L{hour}", at=LAST_MONTH + timedelta(hours=hour))
    stars = write_campaign(make_campaign(TEN, groups=(CriteriaGroup((Between(Measured.STARS, least=1),)),)))
    assert await _look(office, stars) == (3, 3, 3)
    monkeypatch.setattr("loyalty.desk.past.ASKING_SECONDS", 0)
    assert await _look(office, stars) == (3, 0, 0)
    assert await _look(office, write_campaign(SPRING)) == (3, 3, 3)
    monkeypatch.setattr("loyalty.desk.campaigns.TRYING_SECONDS", 0)
    assert await _look(office, write_campaign(SPRING)) == (3, 0, 0)


async def test_a_trial_keeps_nobody_waiting_and_a_second_one_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is judged waits until the loop has answered somebody else."""
    await office.happened("a")
    loop, began, went_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def wait(rules: Rules, happenings: Iterable[PastHappening]) -> Simulation:
        loop.call_soon_threadsafe(began.set)
        assert went_on.wait(20), "the loop stood still"
        return simulate(rules, happenings)

    monkeypatch.setattr("loyalty.desk.campaigns.simulate", wait)

    async def ask_meanwhile() -> None:
        await began.wait()
        with pytest.raises(StillUnderWay):
            await office.desk.check(write_campaign(SPRING))
        went_on.set()

    first, _ = await asyncio.gather(office.desk.check(write_campaign(SPRING)), ask_meanwhile())
    assert first.trial is not None
    assert first.trial.grants == 1


async def test_a_first_time_is_the_lines_first_ever_and_limits_hold_in_a_trial(office: Office) -> None:
    await office.happened("long ago", at=LAST_MONTH - timedelta(days=200))
    await office.happened("again")
    for hour in range(3):
        await office.happened(f"new {hour}", line_id="L2", at=LAST_MONTH + timedelta(hours=hour))
    first = make_campaign(TEN, groups=(CriteriaGroup((FirstTime(),)),))
    assert await _count_grants(office, write_campaign(first)) == 1
    once = make_campaign(TEN, limits=Limits(of_customer=1))
    assert await _count_grants(office, write_campaign(once)) == 2


async def test_a_trial_counts_what_another_campaign_that_is_on_would_have_won_instead(office: Office) -> None:
    await office.happened("a")
    dearer = make_campaign(
        THIRTY, id="dearer", exclusion_group="gifts", priority=1, begins_at=LAST_MONTH - timedelta(days=9)
    )
    await office.put_on(dearer)
    assert await _count_grants(office, write_campaign(make_campaign(TEN, exclusion_group="gifts", priority=2))) == 0
    assert await _count_grants(office, write_campaign(SPRING)) == 1


async def _look(office: Office, document: str) -> tuple[int | None, int, int]:
    trial = (await office.desk.check(document)).trial
    assert trial is not None
    return trial.happenings, trial.looked_at, trial.grants


async def _count_grants(office: Office, document: str) -> int:
    check = await office.desk.check(document)
    assert check.trial is not None, check.faults
    return check.trial.grants
