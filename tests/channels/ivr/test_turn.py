"""Where does each key lead, as a table?"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.ivr.call import Call
from channels.ivr.menu import load_menu
from channels.ivr.turn import Check, Do, Heard, decide_turn
from channels.ivr.way import find_ways_by_keys
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel

MENU = load_menu()
PROVEN = Caller(Channel.IVR, "L1", "13800138001", 1)
STEPPED_UP = Caller(Channel.IVR, "L1", "13800138001", 2)


def turn(call: Call, keys: str) -> Call:
    moved = decide_turn(MENU, call, Heard("key", keys))
    assert isinstance(moved, Call)
    return moved


@pytest.mark.parametrize(
    ("place", "caller", "keys", "leads_to"),
    [
        ("language", None, "1", "main"),
        ("language", None, "0", "agent"),
        ("language", None, "#", "goodbye"),
        ("language", None, "*", "language"),
        ("main", PROVEN, "1", "balance"),
        ("main", PROVEN, "2", "charges"),
        ("main", PROVEN, "3", "data_left"),
        ("main", PROVEN, "4", "last_bill"),
        ("main", PROVEN, "5", "bill_subjects"),
        ("main", STEPPED_UP, "5", "bill_subjects"),
        ("main", None, "1", "number"),
        ("main", PROVEN, "*", "language"),
        ("main", PROVEN, "0", "agent"),
        ("main", PROVEN, "#", "goodbye"),
        ("main", PROVEN, "7", "services"),
        ("main", None, "7", "services"),
        ("services", PROVEN, "1", "card"),
        ("services", None, "1", "number"),
        ("services", PROVEN, "2", "subscribed"),
        ("services", None, "2", "number"),
        ("services", PROVEN, "3", "orders"),
        ("services", PROVEN, "4", "report_loss"),
        ("services", PROVEN, "5", "resume_line"),
        ("services", PROVEN, "6", "charge_brake"),
        ("services", None, "6", "number"),
        ("services", PROVEN, "7", "points"),
        ("services", None, "7", "number"),
        ("points", PROVEN, "1", "points"),
        ("points", PROVEN, "3", "rewards"),
        ("points", PROVEN, "4", "redemptions"),
        ("rewards", PROVEN, "2", "rewards"),
        ("rewards", PROVEN, "*", "main"),
        ("redeem", PROVEN, "5", "redeem"),
        ("redeem", PROVEN, "*", "main"),
        ("redemptions", STEPPED_UP, "3", "points"),
        ("services", PROVEN, "*", "main"),
        ("card", PROVEN, "*", "main"),
        ("last_bill", PROVEN, "3", "bill_difference"),
        ("last_bill", PROVEN, "4", "bill_subjects"),
        ("bill_subjects", STEPPED_UP, "3", "bill_difference"),
        ("bill_difference", STEPPED_UP, "3", "bill_difference"),
        ("text_offer", PROVEN, "5", "goodbye"),
        ("text_offer", PROVEN, "#", "goodbye"),
        ("charge_brake", PROVEN, "3", "charge_brake"),
        ("balance", PROVEN, "1", "balance"),
        ("balance", PROVEN, "*", "main"),
        ("balance", PROVEN, "3", "balance"),
        ("main", PROVEN, "6", "safety"),
        ("main", None, "6", "safety"),
        ("safety", PROVEN, "1", "contact_code"),
        ("safety", None, "1", "number"),
        ("safety", PROVEN, "2", "contacts"),
        ("safety", None, "2", "number"),
        ("safety", PROVEN, "3", "helpers"),
        ("safety", PROVEN, "4", "end_sessions"),
        ("safety", None, "4", "number"),
        ("safety", PROVEN, "5", "change_password"),
        ("safety", None, "5", "number"),
        ("safety", None, "6", "forgotten"),
        ("safety", None, "7", "safety"),
        ("safety", PROVEN, "*", "main"),
        ("end_sessions", PROVEN, "2", "end_sessions"),
        ("end_sessions", PROVEN, "*", "main"),
        ("send_code", PROVEN, "*", "main"),
        ("contact_code", PROVEN, "1234567", "contact_code"),
        ("contact_code", PROVEN, "*", "main"),
        ("code", PROVEN, "*", "main"),
        ("help_asked", PROVEN, "0", "agent"),
        ("help_asked", PROVEN, "#", "goodbye"),
        ("help_asked", PROVEN, "9", "main"),
        ("number", None, "13800138001", "password"),
        ("number", None, "123", "number"),
        ("number", None, "*", "main"),
        ("password", PROVEN, "*", "main"),
        ("password", PROVEN, "12345", "password"),
    ],
)
def test_a_key_leads_on(place: str, caller: Caller | None, keys: str, leads_to: str) -> None:
    assert turn(Call(place=place, caller=caller), keys).place == leads_to


def test_a_key_of_the_language_menu_chooses_the_language() -> None:
    assert turn(Call(), "2").language == "en"
    assert turn(Call(language="en"), "1").language == "zh"


def test_three_wrong_keys_in_a_row_lead_to_an_agent() -> None:
    once = turn(Call(place="safety", caller=PROVEN), "7")
    assert (once.place, once.lead, once.wrong_keys) == ("safety", "unknown_key", 1)
    twice = turn(once, "5*")
    thrice = turn(twice, "7")
    assert (thrice.place, thrice.reason, thrice.was_at) == ("agent", "wrong_keys", "safety")


def test_a_right_key_forgives_the_wrong_ones() -> None:
    call = turn(turn(Call(place="safety", caller=PROVEN), "7"), "7")
    assert turn(turn(call, "2"), "7").wrong_keys == 1


def test_two_silences_lead_to_an_agent() -> None:
    once = decide_turn(MENU, Call(place="main"), Heard("silence"))
    assert isinstance(once, Call)
    assert (once.place, once.lead) == ("main", "silence")
    twice = decide_turn(MENU, once, Heard("silence"))
    assert isinstance(twice, Call)
    assert (twice.place, twice.reason) == ("agent", "silence")


def test_three_wrong_keys_where_no_agent_is_end_with_goodbye() -> None:
    call = turn(Call(place="main", caller=PROVEN), "0")
    assert (call.place, call.reason) == ("agent", "asked")
    assert turn(call, "0").place == "agent"
    assert turn(call, "*").place == "main"
    assert turn(turn(Call(), "0"), "*").place == "language"
    assert turn(turn(turn(call, "7"), "7"), "7").place == "goodbye"


def test_eight_and_nine_turn_the_voice_and_turn_it_back() -> None:
    slow = turn(Call(place="balance", caller=PROVEN), "8")
    assert (slow.place, slow.slow, slow.lead) == ("balance", True, "slow")
    assert turn(slow, "8").slow is False
    assert turn(slow, "9").loud is True


def test_a_password_is_for_the_doorkeeper_and_shows_in_no_repr() -> None:
    check = decide_turn(MENU, Call(place="password", caller=PROVEN, wanted="bill_subjects"), Heard("key", "258001"))
    assert isinstance(check, Check)
    assert check.secret == "258001"
    assert "258001" not in repr(check) + repr(Heard("key", "258001"))


def test_star_at_the_password_of_a_keyed_number_asks_the_number_again() -> None:
    back = turn(Call(place="password", number="13800138009", wanted="balance"), "*")
    assert (back.place, back.number, back.wanted) == ("number", None, "balance")


@pytest.mark.parametrize("keys", ["", "１", "12345６", "٣", "\x00", "1" * 4000, "None", "-1", "1e5"])
@pytest.mark.parametrize(
    "place",
    [
        *("language", "main", "number", "password", "balance"),
        *("safety", "code", "send_code", "contact_code", "end_sessions", "change_password", "helpers"),
    ],
)
def test_junk_is_a_wrong_key(place: str, keys: str) -> None:
    moved = turn(Call(place=place), keys)
    assert (moved.place, moved.wrong_keys) == (place, 1)


@pytest.mark.parametrize("passwords", [("", "", ""), ("123", "739205", "739205"), ("２58001", "739205", "739205")])
def test_junk_instead_of_passwords_is_a_wrong_key(passwords: tuple[str, str, str]) -> None:
    moved = decide_turn(MENU, Call(place="change_password", caller=PROVEN), Heard("key", "", passwords))
    assert isinstance(moved, Call)
    assert (moved.place, moved.wrong_keys) == ("change_password", 1)


def test_passwords_show_in_no_repr() -> None:
    heard = Heard("key", "", ("258001", "739205", "739205"))
    do = decide_turn(MENU, Call(place="change_password", caller=PROVEN), heard)
    assert isinstance(do, Do)
    assert do.secrets == heard.passwords
    assert "258001" not in repr(heard) + repr(do)


def test_the_keys_of_helpers_are_those_that_were_read_out() -> None:
    call = Call(place="helpers", caller=PROVEN, offered=(("H2", "138****8002"), ("H3", "138****8003")))
    do = decide_turn(MENU, call, Heard("key", "3"))
    assert isinstance(do, Do)
    assert (do.deed, do.call.chosen) == ("end_help", "H3")
    assert turn(call, "4").lead == "unknown_key"


@pytest.mark.parametrize(
    ("ways", "number", "offered"),
    [
        ([["CODE"], ["PASSWORD"], ["PASSKEY"]], "13800138001", ("PASSWORD", "CODE")),
        ([["CODE"], ["PASSWORD"], ["PASSKEY"]], "02161234567", ("PASSWORD",)),
        ([["CODE", "PASSWORD"], ["CODE", "PASSKEY"]], "13800138001", ("PASSWORD", "CODE")),
        ([["CODE", "PASSWORD"], ["CODE", "PASSKEY"]], "02161234567", ()),
        ([["CODE"]], "8613800138001", ("CODE",)),
        ([["CODE"]], "ftth-2041", ()),
        ([["PASSWORD"], ["PASSKEY"]], "13800138001", ("PASSWORD",)),
        ([["PASSKEY"]], "13800138001", ()),
        ([["LINK"], ["PASSWORD"]], "13800138001", ("PASSWORD",)),
        ([[]], "13800138001", ()),
        ([], "13800138001", ()),
    ],
)
def test_of_the_ways_only_those_remain_that_a_telephone_goes(
    ways: list[list[str]], number: str, offered: tuple[str, ...]
) -> None:
    assert find_ways_by_keys(ways, number) == offered


def test_level_3_ends_after_ten_minutes_of_a_call() -> None:
    now = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    proofs = {Factor.LINK: now, Factor.CODE: now, Factor.PASSWORD: now + timedelta(minutes=2)}
    call = Call(caller=Caller(Channel.IVR, "L1", "13800138001", 3, now, proofs=proofs))
    assert call.at(now + timedelta(minutes=9)).level == 3
    later = call.at(now + timedelta(minutes=11))
    assert (later.level, later.caller and later.caller.since) == (2, now + timedelta(minutes=2))


def test_a_call_survives_being_kept() -> None:
    now = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    proofs = {Factor.LINK: now, Factor.PASSWORD: now}
    surer = replace(STEPPED_UP, since=now, proofs=proofs, rests_until=now + timedelta(hours=24))
    waiting = Call(place="code", caller=surer, wanted="safety", deed="end_sessions", ways=("CODE",), challenge="c-1")
    call = replace(
        waiting,
        step=7,
        wrong_keys=2,
        offered=(("H2", "138****8002"),),
        told_of=("H3",),
        facts={"count": 2},
        chosen="H2",
    )
    assert Call.from_state(json.loads(json.dumps(call.to_state()))) == call
    assert "c-1" not in repr(call)
