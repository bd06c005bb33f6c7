"""Which call records are looked for, and is that a question at all?"""

import re
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Final
from unicodedata import normalize

from graphql_schema.problems import BadArgument
from graphql_schema.types.call_record import CallRecordFilter, CallRecordKind
from graphql_schema.types.month import Month

PLACE_CHARACTERS_MOST: Final = 40
NUMBER_CHARACTERS_MOST: Final = 20

_NUMBER = re.compile(r"\+?[0-9]+")
_FEE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")
_NOTHING = CallRecordFilter()


def parse_filter(wanted: CallRecordFilter | None, month: Month) -> CallRecordFilter | None:
    """The filter in its one spelling, so that equal questions are equal; None where it leaves nothing out.

    Numbers may be typed wide or with spaces, places in any case. Raises BadArgument, which names the part that makes no
    sense: no kinds at all, letters in a number, a place too long, days outside the month or the wrong way round, a fee
    that is no amount to the 厘.
    """
    if wanted is None:
        return None
    from_day, to_day = _parse_days(wanted, month)
    parsed = CallRecordFilter(
        kinds=_parse_kinds(wanted.kinds),
        direction=wanted.direction,
        number=_parse_number(wanted.number),
        place=_parse_place(wanted.place),
        from_day=from_day,
        to_day=to_day,
        fee_from=_parse_fee(wanted.fee_from),
        charged_only=wanted.charged_only,
    )
    return None if leaves_nothing_out(parsed) else parsed


def leaves_nothing_out(wanted: CallRecordFilter) -> bool:
    """Whether every record is wanted."""
    return asdict(wanted) == asdict(_NOTHING)


def _parse_kinds(kinds: list[CallRecordKind] | None) -> list[CallRecordKind] | None:
    if kinds is None:
        return None
    if not kinds:
        raise BadArgument(name="kinds", least=1, most=len(CallRecordKind))
    listed = [kind for kind in CallRecordKind if kind in kinds]
    return None if len(listed) == len(CallRecordKind) else listed


def _parse_number(typed: str | None) -> str | None:
    if typed is None:
        return None
    number = re.sub(r"[\s-]", "", normalize("NFKC", typed))
    if len(typed) > 2 * NUMBER_CHARACTERS_MOST or len(number) > NUMBER_CHARACTERS_MOST or not _NUMBER.fullmatch(number):
        raise BadArgument(name="number", least=1, most=NUMBER_CHARACTERS_MOST)
    return number


def _parse_place(typed: str | None) -> str | None:
    if typed is None:
        return None
    place = spell_place(typed) if len(typed) <= PLACE_CHARACTERS_MOST else ""
    if not place or not place.isprintable():
        raise BadArgument(name="place", least=1, most=PLACE_CHARACTERS_MOST)
    return place


def spell_place(place: str) -> str:
    """A place as it is compared: without width, case and outer spaces."""
    return normalize("NFKC", place).casefold().strip()


def _parse_days(wanted: CallRecordFilter, month: Month) -> tuple[date | None, date | None]:
    first, after = month.first_day, month.plus(1).first_day
    for name, day in (("fromDay", wanted.from_day), ("toDay", wanted.to_day)):
        if day is not None and not first <= day < after:
            raise BadArgument(name=name)
    if wanted.from_day and wanted.to_day and wanted.from_day > wanted.to_day:
        raise BadArgument(name="fromDay")
    return wanted.from_day, wanted.to_day


def _parse_fee(typed: str | None) -> str | None:
    if typed is None:
        return None
    written = normalize("NFKC", typed[:NUMBER_CHARACTERS_MOST]).strip()
    if len(typed) > NUMBER_CHARACTERS_MOST or not _FEE.fullmatch(written):
        raise BadArgument(name="feeFrom", least=0)
    fee = Decimal(written)
    return f"{fee.normalize():f}" if fee else None
