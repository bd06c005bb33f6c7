"""Where does each key lead, as a table?"""

from dataclasses import replace

import pytest

from channels.ivr.call import Call
from channels.ivr.menu import load_menu
from channels.ivr.turn import Check, Heard, decide_turn
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
        ("main", PROVEN, "7", "main"),
        ("balance", PROVEN, "1", "balance"),
        ("balance", PROVEN, "*", "main"),
        ("balance", PROVEN, "3", "balance"),
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
    once = turn(Call(place="main", caller=PROVEN), "7")
    assert (once.place, once.lead, once.wrong_keys) == ("main", "unknown_key", 1)
    twice = turn(once, "5*")
    thrice = turn(twice, "7")
    assert (thrice.place, thrice.reason, thrice.was_at) == ("agent", "wrong_keys", "main")


def test_a_right_key_forgives_the_wrong_ones() -> None:
    call = turn(turn(Call(place="main", caller=PROVEN), "7"), "7")
    assert turn(turn(call, "1"), "7").wrong_keys == 1


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
@pytest.mark.parametrize("place", ["language", "main", "number", "password", "balance"])
def test_junk_is_a_wrong_key(place: str, keys: str) -> None:
    moved = turn(Call(place=place), keys)
    assert (moved.place, moved.wrong_keys) == (place, 1)


def test_a_call_survives_being_kept() -> None:
    call = replace(Call(place="password", caller=STEPPED_UP, wanted="bill_subjects", wrong_keys=2), step=7)
    assert Call.from_state(call.to_state()) == call
