"""Is every text split where a phone can join it again, and its cost counted?"""

import pytest
from aiosmpplib import GSM7BitCodec, UCS2Codec
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.segments import count_parts, split_text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 159 + "€", 2),
        ("流" * 70, 1),
        ("流" * 71, 2),
        ("流" * 134, 2),
        ("流" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_a_text_costs_as_many_parts_as_the_standard_says(text: str, parts: int) -> None:
    assert count_parts(text) == parts


@given(st.text(alphabet="aZ0 €{}[]é流量余额。😀", max_size=700), st.integers(0, 255))
def test_joined_parts_are_the_text_and_each_fits_and_none_ends_within_a_character(text: str, reference: int) -> None:
    segments = split_text(text, reference=reference)
    assert "".join(segment.text for segment in segments) == text
    for segment in segments:
        header = 6 if segment.total > 1 else 0
        assert len(segment.user_data) <= (160 if segment.alphabet == "gsm0338" else 140)
        codec = GSM7BitCodec() if segment.alphabet == "gsm0338" else UCS2Codec()
        assert codec.decode(segment.user_data[header:])[0] == segment.text
        assert segment.user_data[:header] == bytes((5, 0, 3, reference, segment.total, segment.number))[:header]
