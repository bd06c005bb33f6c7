"""Is a campaign's document read as what it says, and a bad one refused with every fault and its line?"""

import json
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from loyalty.campaigns.document import parse_campaign, read_campaign, render_document
from loyalty.campaigns.document_text import MOST_CHARACTERS, Fault, Node, Unreadable, read_text
from loyalty.rules.campaign import Campaign, Limits, Relation
from loyalty.rules.condition import Between, Measured
from loyalty.rules.effects import Bonus, Clawback, Lottery, Prize
from loyalty.rules.facts import HappeningKind
from tests.loyalty.campaigns.documents import AUTUMN, change
from tests.loyalty.rules.made import make_campaign
from tests.loyalty.rules.strategies import campaigns, try_often

JUDGED = {
    "budget_below_dearest",
    "channel_start_differs",
    "exception_without_difference",
    "never_matches",
}
"""What may be wrong with a campaign that the strategy makes; everything else would be the renderer's fault."""


def find_faults(text: str, **options: Any) -> list[tuple[str, str]]:
    """Each fault's code, and the line of the text that it names."""
    outcome = parse_campaign(text, **options)
    assert isinstance(outcome, tuple), "it was not refused"
    assert [fault.line for fault in outcome] == sorted(fault.line for fault in outcome)
    return [(fault.code, text.splitlines()[fault.line - 1].strip()) for fault in outcome]


def test_a_document_says_all_that_a_campaign_is() -> None:
    campaign = parse_campaign(AUTUMN)
    assert isinstance(campaign, Campaign), campaign
    assert (campaign.id, campaign.version, campaign.name_zh, campaign.name_en) == ("autumn", 3, "秋日充值", "Autumn")
    assert campaign.kinds == {HappeningKind.RECHARGE}
    assert campaign.begins_at.isoformat() == "2026-10-31T16:00:00+00:00"
    assert [group.relation for group in campaign.groups] == [Relation.ALL, Relation.ANY]
    assert campaign.groups[1].conditions == (Between(Measured.TENURE, 24), Between(Measured.STARS, 4, 5))
    assert [reward.key for reward in campaign.rewards] == ["frozen", "pack", "points", "cup", "code", "draw"]
    frozen = Bonus(240_000, 24, 5000, ("monthly_fee",), 90)
    assert (campaign.rewards[0].effect, campaign.rewards[0].cost_fen) == (frozen, 240_000)
    assert campaign.rewards[5].effect == Lottery((Prize("cup", 1000), Prize("points", 500_000_000)))
    assert [(tier.from_fen, tier.rewards, tier.is_choice) for tier in campaign.tiers] == [
        (5000, ("draw",), False),
        (10_000, ("pack", "code"), True),
        (300_000, ("frozen", "points"), False),
    ]
    assert (campaign.exclusion_group, campaign.priority, campaign.is_stackable) == ("season", 10, True)
    assert (campaign.limits, campaign.budget_fen) == (Limits(1, 1000), 500_000_000)
    assert (campaign.clawback, campaign.is_on) == (Clawback(24), True)
    (exception,) = campaign.exceptions
    assert (exception.channel, exception.face_en) == ("app", "A day earlier in the app")


def test_a_campaign_that_is_not_checked_is_not_read() -> None:
    assert read_campaign(AUTUMN) == parse_campaign(AUTUMN)
    with pytest.raises(ValueError, match="not a campaign"):
        read_campaign("{}")


@try_often(60)
@given(campaigns())
def test_what_is_rendered_is_read_as_the_same_campaign(campaign: Campaign) -> None:
    outcome = parse_campaign(render_document(campaign))
    event("refused" if isinstance(outcome, tuple) else "read")
    if isinstance(outcome, tuple):
        assert {fault.code for fault in outcome} <= JUDGED
    else:
        assert outcome == campaign


@try_often(150)
@given(st.data())
def test_a_spoilt_document_is_refused_or_read_and_nothing_else(data: st.DataObject) -> None:
    begins = data.draw(st.integers(0, len(AUTUMN) - 1))
    instead = data.draw(
        st.one_of(st.text(max_size=3), st.sampled_from(('"', "{", "]", "0", "-1", "null", "\n", "[[", ",")))
    )
    text = AUTUMN[:begins] + instead + AUTUMN[begins + data.draw(st.integers(0, 30)) :]
    outcome = parse_campaign(text)
    if isinstance(outcome, tuple):
        assert all(1 <= fault.line <= text.count("\n") + 1 for fault in outcome)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


def strip(node: Node) -> Any:
    """The value without its places."""
    if isinstance(node.value, tuple):
        return [strip(each) for each in node.value]
    return {name: strip(each) for name, each in node.value.items()} if isinstance(node.value, dict) else node.value


@try_often(100)
@given(json_values, st.booleans(), st.one_of(st.none(), st.integers(0, 2)))
def test_json_is_read_as_json(value: Any, ascii_only: bool, indent: int | None) -> None:
    assert strip(read_text(json.dumps(value, ensure_ascii=ascii_only, indent=indent))) == value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault(1, "", "not_json", (("expected", "value"),))),
        ("{}\n{}", Fault(2, "", "not_json", (("expected", "end"),))),
        ('{\n"a": 1,\n}', Fault(3, "", "not_json", (("expected", "value"),))),
        ('{\n"a": 1\n"b": 2}', Fault(3, "", "not_json", (("expected", ","),))),
        ('{\n"a"\n1}', Fault(3, "", "not_json", (("expected", ":"),))),
        ("{\na: 1}", Fault(2, "", "not_json", (("expected", "name"),))),
        ('{"a": [1,\n[2\n', Fault(3, "/a/1", "not_json", (("expected", ","),))),
        ('{"a":\n1.5}', Fault(2, "/a", "not_json", (("expected", "value"),))),
        ('{"a":\nNaN}', Fault(2, "/a", "not_json", (("expected", "value"),))),
        ('{"a":\n"b\n"}', Fault(2, "/a", "not_json", (("expected", "string"),))),
        ('{"a":\n"\\ud800"}', Fault(2, "/a", "not_json", (("expected", "string"),))),
        ('{"a": 1,\n"b": 2,\n"a": 3}', Fault(3, "", "member_twice", (("member", "a"),))),
        ("[" * 18, Fault(1, "/0" * 17, "too_deep", (("most", "16"),))),
        (" " * (MOST_CHARACTERS + 1), Fault(1, "", "text_too_long", (("most", str(MOST_CHARACTERS)),))),
    ],
)
def test_what_is_no_json_is_refused_at_its_line(text: str, fault: Fault) -> None:
    assert parse_campaign(text) == (fault,)
    with pytest.raises(Unreadable):
        read_text(text)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('"version": 3,', '"version": 3, "colour": "red",', "unknown_member", '"colour"'),
        ('"name": "秋日充值",', "", "missing_member", "{"),
        ('"name": "秋日充值"', '"name": 5', "not_a_text", '"name": 5'),
        ('"id": "autumn"', '"id": "Au tumn"', "bad_form", '"Au tumn"'),
        ('"lifecycleStatus": "release"', '"lifecycleStatus": "perhaps"', "not_one_of", "perhaps"),
        ('"happening": ["recharge"]', '"happening": ["recharge", "smile"]', "not_one_of", "smile"),
        ('"happening": ["recharge"]', '"happening": []', "wrong_count", '"happening"'),
        ('"happening": ["recharge"]', '"happening": "recharge"', "not_an_array", '"happening"'),
        ('"version": 3', '"version": "3"', "not_a_whole_number", '"version"'),
        ('"version": 3', '"version": 0', "out_of_range", '"version"'),
        ('"stackable": true', '"stackable": 1', "not_true_or_false", '"stackable"'),
        ('"budget": "5000000.00"', '"budget": "5.5"', "not_money", '"budget"'),
        ('"budget": "5000000.00"', '"budget": "0"', "amount_too_small", '"budget"'),
        ('"2026-12-01T00:00:00+08:00"', '"2026-12-01T00:00:00"', "not_an_instant", "endDateTime"),
        ('"release": {"months": 24, "leastSpend": "50.00"}', '"release": 24', "not_an_object", '"release"'),
        ('"months": 24,', '"months": 0,', "out_of_range", '"months": 0'),
        ('"stock": 100', '"stock": -1', "out_of_range", '"stock": -1'),
        ('"customer": 1,', '"customer": 0,', "out_of_range", '"customer": 0'),
        ('"total": 1000', '"total": 0', "out_of_range", '"total": 0'),
        ('"usableFor": ["monthly_fee"]', '"usableFor": ["beer"]', "unknown_subject", '"actionType": "currency"'),
        ('"reward": ["pack", "code"]', '"reward": ["pack", "pack"]', "named_twice", '"pack", "pack"'),
        ('"criteriaOperator": "<>"', '"criteriaOperator": ">="', "operator_not_allowed", '"region"'),
        ('"criteriaValue": "24"', '"criteriaValue": "many"', "bad_criteria_value", '"many"'),
        ('"criteriaValue": "08:00-24:00"', '"criteriaValue": "08:00-08:00"', "bad_criteria_value", "08:00-08:00"),
        ('"criteriaValue": "6,7"', '"criteriaValue": "6,8"', "bad_criteria_value", "6,8"),
        ('"onItsFace": {"zh": "掌厅提前一天", "en": "A day earlier in the app"},', "", "not_on_its_face", "{"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_line(old: str, new: str, code: str, line: str) -> None:
    faults = [
        each for each in find_faults(change(AUTUMN, old, new)) if each[0] not in ("unused_reward", "choice_of_one")
    ]
    ((found, text),) = faults
    assert found == code
    assert line in text


def test_every_fault_is_told_at_once() -> None:
    text = change(AUTUMN, '"version": 3', '"version": 0')
    text = change(text, '"stock": 100', '"stock": -1')
    text = change(text, '"reward": ["draw"]', '"reward": ["drum"]')
    text = change(text, "2026-12-01", "2026-10-01")
    codes = [code for code, _ in find_faults(text)]
    assert sorted(codes) == [
        "ends_before_it_begins",
        "ends_before_it_begins",
        "out_of_range",
        "out_of_range",
        "unknown_reward",
        "unused_reward",
    ]


def test_what_could_not_be_read_gives_no_second_fault() -> None:
    """The tiers name rewards whose keys nobody knows now."""
    assert [code for code, _ in find_faults(change(AUTUMN, '"id": "cup"', '"id": "C U P"'))] == ["bad_form"]


def test_beside_another_of_its_group_a_campaign_needs_a_priority_of_its_own() -> None:
    campaign = read_campaign(AUTUMN)
    other = make_campaign("winter", exclusion_group="season", priority=10)
    assert find_faults(AUTUMN, beside=[campaign, other]) == [("priority_taken", '"priority": 10,')]
    quiet = [
        make_campaign("other-group", exclusion_group="spring", priority=10),
        make_campaign("other-priority", exclusion_group="season", priority=11),
        make_campaign("off", exclusion_group="season", priority=10, is_on=False),
        make_campaign("later", exclusion_group="season", priority=10, begins_at=campaign.ends_at),
        make_campaign("no-group", priority=10),
    ]
    assert parse_campaign(AUTUMN, beside=quiet) == campaign
