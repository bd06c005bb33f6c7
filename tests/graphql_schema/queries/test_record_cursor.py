"""Does a cursor open its own question alone, and tell nothing?"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_schema.problems import BadCursor
from graphql_schema.queries.call_records import name_question
from graphql_schema.queries.cursor import Cursor, make_cursor, parse_cursor
from graphql_schema.queries.record_cursor import RecordCursors, RecordPlace
from graphql_schema.types.call_record import CallRecordFilter, CallRecordOrder
from graphql_schema.types.month import Month

KEY = b"a key of these tests, 32 bytes .."
PLACE = RecordPlace((1_795_312_800_000_000, "U-13800138001-广州-7"), 20_000)


def cursors(
    line: str = "L1",
    month: int = 10,
    wanted: CallRecordFilter | None = None,
    order: CallRecordOrder = CallRecordOrder.NEWEST,
    key: bytes = KEY,
) -> RecordCursors:
    return RecordCursors(key, name_question(line, Month(2026, month), wanted, order))


def test_it_leads_back_to_its_place_and_is_always_the_same() -> None:
    cursor = cursors().make(PLACE)
    assert cursors().parse(parse_cursor(cursor)) == PLACE
    assert cursors().make(PLACE) == cursor


@pytest.mark.parametrize("record_id", ["x" * 128, "录" * 128, "😀" * 128])
def test_the_longest_id_in_any_script_makes_a_cursor_that_we_take_back(record_id: str) -> None:
    place = RecordPlace((1_795_312_800_000_000, record_id), 20_000)
    assert cursors().parse(parse_cursor(cursors().make(place))) == place


@pytest.mark.parametrize(
    "other",
    [
        {"line": "L2"},
        {"month": 9},
        {"wanted": CallRecordFilter(number="139")},
        {"order": CallRecordOrder.OLDEST},
        {"order": CallRecordOrder.DEAREST},
        {"key": b"the key of another house, 32 bytes"},
    ],
)
def test_with_another_question_it_is_a_bad_cursor(other: dict[str, Any]) -> None:
    with pytest.raises(BadCursor):
        cursors(**other).parse(cursors().make(PLACE))


def test_another_filter_is_another_question() -> None:
    one, other = CallRecordFilter(number="139"), CallRecordFilter(place="139")
    with pytest.raises(BadCursor):
        cursors(wanted=other).parse(cursors(wanted=one).make(PLACE))


def test_nothing_that_it_says_can_be_read() -> None:
    sealed = urlsafe_b64decode(cursors(wanted=CallRecordFilter(number="13900000001")).make(PLACE))
    assert b"138" not in sealed
    assert b"139" not in sealed
    assert "广州".encode() not in sealed
    assert b"20000" not in sealed


@given(st.data())
def test_a_changed_one_is_a_bad_cursor(data: st.DataObject) -> None:
    sealed = bytearray(urlsafe_b64decode(cursors().make(PLACE)))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadCursor):
        cursors().parse(parse_cursor(urlsafe_b64encode(bytes(sealed)).decode()))


@given(st.one_of(st.text(), st.binary().map(lambda raw: urlsafe_b64encode(b"record:" + raw).decode())))
def test_no_text_breaks_it(sent: str) -> None:
    with pytest.raises(BadCursor):
        cursors().parse(parse_cursor(sent))


def test_a_bills_cursor_is_none_of_a_records() -> None:
    with pytest.raises(BadCursor):
        cursors().parse(parse_cursor(make_cursor("B10")))
    assert parse_cursor(make_cursor("B10")) == Cursor(make_cursor("B10"))


def test_only_its_one_spelling_is_a_cursor() -> None:
    cursor = cursors().make(PLACE)
    for other in (cursor.rstrip("=") + "====", " " + cursor, cursor + "\n", cursor.replace("_", "/").replace("-", "+")):
        if other != cursor:
            with pytest.raises(BadCursor):
                cursors().parse(parse_cursor(other))
