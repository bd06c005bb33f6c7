"""Is a campaign that can be read and must not run refused, at its line?"""

import pytest

from loyalty.campaigns.document import parse_campaign
from loyalty.rules.campaign import Campaign
from tests.loyalty.campaigns.documents import AUTUMN, change

WEEKDAYS = '{"criteriaParameter": "weekdays", "criteriaOperator": "=", "criteriaValue": "6,7"}'
OR_GROUP = '"criteriaGroupLogicalRelationship": "AND"'


def criterion(parameter: str, operator: str, value: str) -> str:
    return f'{{"criteriaParameter": "{parameter}", "criteriaOperator": "{operator}", "criteriaValue": "{value}"}}'


def find_fault(text: str) -> tuple[str, str, str]:
    """Code, pointer and the line that it names, of the one fault."""
    outcome = parse_campaign(text)
    assert isinstance(outcome, tuple), "it was not refused"
    (fault,) = outcome
    return fault.code, fault.pointer, text.splitlines()[fault.line - 1].strip()


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('"chances": 500000000', '"chances": 999999001', "odds_above_one", '"prize"'),
        ('"from": "100.00"', '"from": "50.00"', "tier_not_above_the_last", '"pack", "code"'),
        ('"from": "100.00"', '"from": "49.99"', "tier_not_above_the_last", '"pack", "code"'),
        ('"reward": ["frozen", "points"]', '"reward": ["frozen", "cap"]', "unknown_reward", '"cap"'),
        ('{"reward": "points",', '{"reward": "pints",', "unknown_reward", '"pints"'),
        ('{"reward": "points",', '{"reward": "draw",', "prize_is_a_lottery", '"reward": "draw"'),
        ('["frozen", "points"]', '["points"]', "unused_reward", '"id": "frozen"'),
        ('"id": "code"', '"id": "pack"', "reward_named_twice", '"actionType": "voucher"'),
        ('"endDateTime": "2026-12-01', '"endDateTime": "2026-11-01', "ends_before_it_begins", "2026-11-01"),
        ('"budget": "5000000.00"', '"budget": "2399.99"', "budget_below_dearest", '"budget"'),
        ('"actionValue": "2400.00"', '"actionValue": "0.23"', "nothing_to_release", '"months": 24'),
        ('"months": 24,', '"months": 1,', "spend_asked_at_once", '"leastSpend"'),
        ('"reward": ["draw"]', '"reward": ["draw"], "choice": true', "choice_of_one", '"draw"'),
        ('"actionType": "lottery",', '"actionType": "lottery", "stock": 5,', "lottery_with_stock", '"stock": 5'),
        ('"startDateTime": "2026-10-31', '"startDateTime": "2026-11-01', "exception_without_difference", "{"),
        ('"startDateTime": "2026-10-31', '"startDateTime": "2026-12-01', "ends_before_it_begins", "2026-12-01"),
    ],
)
def test_what_must_not_run_is_refused_at_its_line(old: str, new: str, code: str, line: str) -> None:
    outcome = parse_campaign(change(AUTUMN, old, new))
    assert isinstance(outcome, tuple), "it was not refused"
    places = {fault.code: fault.line for fault in outcome}
    assert code in places, outcome
    assert line in change(AUTUMN, old, new).splitlines()[places[code] - 1]


def test_each_channel_has_one_exception() -> None:
    twice = AUTUMN.rstrip().rstrip("]}").rstrip().rstrip("]").rstrip()
    exception = twice[twice.rindex('{\n      "channel"') :]
    assert find_fault(f"{twice},\n{exception}]}}")[:2] == ("channel_named_twice", "/channelException/1/channel")


@pytest.mark.parametrize(
    "criteria",
    [
        [criterion("weekdays", "=", "1,2")],
        [criterion("region", "=", "310000")],
        [criterion("channel", "=", "app"), criterion("channel", "=", "web,sms")],
        [criterion("channel", "=", "app"), criterion("channel", "<>", "app,web")],
        [criterion("offering", "=", "pack")],
        [criterion("stars", ">", "5")],
        [criterion("stars", "=", "4-3")],
        [criterion("tenureMonths", "<", "0")],
        [criterion("tenureMonths", "<", "12"), criterion("tenureMonths", ">=", "12")],
        [criterion("arrearsFreeMonths", ">=", "25")],
        [criterion("firstTime", "=", "true"), criterion("firstTime", "=", "false")],
        [criterion("hours", "=", "00:00-08:00")],
        [criterion("hours", "=", "23:00-02:00"), criterion("hours", "=", "02:00-23:00")],
        [criterion("at", ">=", "2026-12-01T00:00:00+08:00")],
        [criterion("at", "=", "2026-11-09T00:00:00Z/2026-11-09T00:00:00Z")],
    ],
)
def test_criteria_that_contradict_each_other_are_refused(criteria: list[str]) -> None:
    text = change(AUTUMN, WEEKDAYS, ",".join([WEEKDAYS, *criteria]))
    assert find_fault(text) == ("never_matches", "/pattern/0/criteriaGroup", '"criteriaGroup": [')


@pytest.mark.parametrize(
    "criteria",
    [
        [criterion("weekdays", "=", "5,6")],
        [criterion("region", "=", "310000,110000")],
        [criterion("channel", "<>", "app"), criterion("channel", "=", "app,web")],
        [criterion("stars", ">", "4")],
        [criterion("tenureMonths", "<=", "12"), criterion("tenureMonths", ">=", "12")],
        [criterion("hours", "=", "22:00-09:00"), criterion("hours", "=", "23:00-08:30")],
        [criterion("at", ">=", "2026-11-30T23:59:59+08:00")],
        [criterion("at", "<", "2026-11-01T00:00:00+08:00")],
        [criterion("birthday", "=", "day"), criterion("birthday", "=", "month")],
    ],
)
def test_criteria_that_can_hold_together_are_taken(criteria: list[str]) -> None:
    assert isinstance(parse_campaign(change(AUTUMN, WEEKDAYS, ",".join([WEEKDAYS, *criteria]))), Campaign)


def of_kinds(kinds: str, *criteria: str, from_zero: bool = True) -> str:
    """The document for other happenings, with more criteria."""
    text = change(AUTUMN, '"happening": ["recharge"]', f'"happening": [{kinds}]')
    text = change(text, '"from": "50.00"', '"from": "0.00"') if from_zero else text
    return change(text, WEEKDAYS, ",".join([WEEKDAYS, *criteria]))


@pytest.mark.parametrize(
    ("kinds", "criteria", "can_hold"),
    [
        ('"order_done"', criterion("offering", "=", "pack"), True),
        ('"invitee_paid"', criterion("offering", "=", "inviter"), True),
        ('"bill_paid"', criterion("offering", "=", "pack"), False),
        ('"order_done"', criterion("channel", "=", "sms"), True),
        ('"bill_paid", "recharge"', criterion("channel", "=", "sms"), True),
        ('"bill_paid"', criterion("channel", "=", "sms"), False),
        ('"invitee_paid"', criterion("channel", "=", "sms"), False),
        ('"invitee_paid"', criterion("channel", "<>", "sms"), True),
    ],
)
def test_what_is_asked_must_be_known_of_what_happens(kinds: str, criteria: str, can_hold: bool) -> None:
    text = of_kinds(kinds, criteria)
    if can_hold:
        assert isinstance(parse_campaign(text), Campaign)
    else:
        assert find_fault(text)[:2] == ("never_matches", "/pattern/0/criteriaGroup")


@pytest.mark.parametrize("kind", ["order_done", "invitee_paid"])
def test_what_has_no_amount_reaches_no_tier_above_nothing(kind: str) -> None:
    assert find_fault(of_kinds(f'"{kind}"', from_zero=False)) == (
        "amount_never_reached",
        "/pattern/0/tier/0/from",
        '{"from": "50.00", "reward": ["draw"]},',
    )
    assert isinstance(parse_campaign(of_kinds(f'"{kind}", "recharge"', from_zero=False)), Campaign)
    assert isinstance(parse_campaign(of_kinds(f'"{kind}"')), Campaign)


@pytest.mark.parametrize(
    ("old", "new"), [('"channel": "app"', '"channel": "kiosk"'), (WEEKDAYS, criterion("channel", "<>", "sms,App"))]
)
def test_a_channel_that_nobody_has_is_refused(old: str, new: str) -> None:
    code, _, line = find_fault(change(AUTUMN, old, new))
    assert code in {"not_one_of", "bad_criteria_value"}
    assert "kiosk" in line or "App" in line


def test_one_way_that_can_hold_is_enough() -> None:
    never = criterion("stars", ">", "5")
    text = change(AUTUMN, WEEKDAYS, f"{WEEKDAYS},{never}")
    assert isinstance(parse_campaign(change(text, OR_GROUP, OR_GROUP.replace("AND", "OR"))), Campaign)
    assert find_fault(change(text, criterion("stars", "=", "4-5"), never))[0] == "never_matches"


EARLY, LATE = criterion("at", ">=", "2026-11-05T00:00:00+08:00"), criterion("at", ">=", "2026-11-09T00:00:00+08:00")
APP, SMS, BEIJING = (
    criterion("channel", "=", "app"),
    criterion("channel", "=", "sms"),
    criterion("region", "=", "110000"),
)


def with_groups(relation: str, *groups: tuple[str, list[str]]) -> str:
    """The document with other criteria."""
    written = ", ".join(
        f'{{"criteriaLogicalRelationship": "{within}", "criteria": [{", ".join(criteria)}]}}'
        for within, criteria in groups
    )
    begins, ends = AUTUMN.index('"criteriaGroupLogical'), AUTUMN.index('"action": [')
    head = f'"criteriaGroupLogicalRelationship": "{relation}", "criteriaGroup": [{written}],\n    '
    return AUTUMN[:begins] + head + AUTUMN[ends:]


@pytest.mark.parametrize(
    ("relation", "groups", "is_refused"),
    [
        ("OR", [("AND", [APP, EARLY]), ("AND", [SMS, LATE])], True),
        ("OR", [("AND", [APP]), ("AND", [SMS, LATE])], True),
        ("AND", [("OR", [APP, LATE])], True),
        ("OR", [("AND", [APP, EARLY]), ("AND", [SMS, EARLY])], False),
        ("OR", [("AND", [APP, BEIJING]), ("AND", [SMS])], False),
        ("AND", [("AND", [APP, EARLY])], False),
        ("AND", [("AND", [APP]), ("AND", [EARLY])], False),
        ("AND", [("OR", [APP, SMS]), ("AND", [EARLY])], False),
        ("AND", [("OR", [EARLY, LATE])], False),
        ("AND", [], False),
    ],
)
def test_criteria_give_no_channel_a_start_of_its_own(
    relation: str, groups: list[tuple[str, list[str]]], is_refused: bool
) -> None:
    text = with_groups(relation, *groups)
    if is_refused:
        assert find_fault(text)[:2] == ("channel_start_differs", "/pattern/0/criteriaGroup")
    else:
        assert isinstance(parse_campaign(text), Campaign)
