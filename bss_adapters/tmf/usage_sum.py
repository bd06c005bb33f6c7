"""TMF635 v4 Usage Management: what do a month's records add up to, day by day?"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeGuard

from bss_adapters.tmf.call import Answer
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.usage_bucket import USAGE_TYPES
from bss_adapters.tmf.wire import BUSINESS_ZONE, Wire
from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.month import Month

SERVICE = "valueAdded"
"""The type of a use that no allowance counts: a third party's service."""
AMOUNT_NAMES = {
    UsageType.DATA.value: "volumeBytes",
    UsageType.VOICE.value: "durationSeconds",
    UsageType.SMS.value: "messageCount",
    SERVICE: "eventCount",
}
PLACES_MOST = 20
"""Kept of a day's use at one roaming rate: who crosses more borders in a day is told the first ones."""
PLACE_CHARACTERS_MOST = 200
MINUTE_SECONDS = 60
"""An allowance of calls gives whole started minutes."""
_FREE = "free"
_NOT_CHARGED = frozenset({"included", _FREE})

_Kind = tuple[date, str, str | None, bool]


class UsageSum:
    """The running sum of one line's records: as large as its days and rates are many, however many the records."""

    def __init__(self, line_id: str, month: Month, *, currency: str) -> None:
        self._line_id = line_id
        self._month = month
        self._currency = currency
        self._used: dict[_Kind, int] = {}
        self._fees: dict[_Kind, Decimal] = {}
        self._places: dict[_Kind, dict[str, None]] = {}
        self._counted: dict[_Kind, int] = {}

    def add(self, usage: Wire, at: datetime) -> None:
        """Adds one rated Usage. Raises BssFault ``usage_garbled``, also for another line's and for one outside the
        month: the BSS was asked for none."""
        self._check_line(usage)
        if Month.of(at) != self._month:
            raise usage.garbled("usageDate is outside the month")
        usage_type, traits = usage.text("usageType"), usage.characteristics("usageCharacteristic")
        if usage_type not in AMOUNT_NAMES:
            raise usage.garbled("usageType has an unknown code")
        roaming = _is_abroad(traits)
        tariff, fee = self._read_rate(usage)
        kind = (at.astimezone(BUSINESS_ZONE).date(), usage_type, tariff, roaming)
        amount = _read_amount(usage, traits.get(AMOUNT_NAMES[usage_type]))
        self._used[kind] = self._used.get(kind, 0) + amount
        if not roaming and not _is_free(usage):
            self._counted[kind] = self._counted.get(kind, 0) + _count(usage_type, amount)
        self._fees[kind] = self._fees.get(kind, Decimal(0)) + fee
        place = traits.get("place")
        if roaming and _is_name(place) and len(self._places.setdefault(kind, {})) < PLACES_MOST:
            self._places[kind][place] = None

    def answer(self, *, as_of: datetime) -> Answer:
        """The sums as if they were the system's own answer, so that they are kept and recalled like any other."""
        days = [
            [day.isoformat(), usage_type, tariff, roaming, self._used[kind], str(self._fees[kind]), [*places], counted]
            for kind in sorted(self._used, key=lambda each: (each[0], each[1], each[2] or "", each[3]))
            for (day, usage_type, tariff, roaming), places, counted in [
                (kind, self._places.get(kind, {}), self._counted.get(kind, 0))
            ]
        ]
        body = json.dumps(days, ensure_ascii=False)
        return Answer(json=days, body=body.encode(), as_of=as_of)

    def _check_line(self, usage: Wire) -> None:
        parties = (each for each in usage.children("relatedParty") if each.maybe_text("role") == "line")
        if [party.text("id") for party in parties] != [self._line_id]:
            raise usage.garbled("relatedParty is another line")

    def _read_rate(self, usage: Wire) -> tuple[str | None, Decimal]:
        """The rate that made the fee, and the fee. A use rated in parts counts under the first rate that cost."""
        tariff, fee = None, Decimal(0)
        for rated in usage.children("ratedProductUsage"):
            part, rate = rated.money("taxIncludedRatingAmount").amount, rated.maybe_text("offerTariffType")
            fee += part
            if tariff is None and rate is not None and rate not in _NOT_CHARGED:
                tariff = rate
        return tariff, fee


def parse_rated_month(reading: Reading, *, month: Month, currency: str) -> RatedMonth:
    """Sums as ``UsageSum.answer`` wrote them → RatedMonth. Raises BssFault ``usage_garbled``."""
    try:
        days = tuple(_parse_days(reading.bodies[0]))
    except (TypeError, ValueError, ArithmeticError) as error:  # kept by an earlier release, perhaps
        raise bss_fault("usage", FaultKind.GARBLED, "sums of another shape") from error
    return RatedMonth(month=month, days=days, currency=currency, as_of=reading.as_of, stale=reading.stale)


def _parse_days(rows: Any) -> Iterator[RatedDay]:  # noqa: ANN401  any JSON value
    for day, usage_type, tariff, roaming, used, fee, places, counted in rows:
        yield RatedDay(
            day=date.fromisoformat(day),
            usage_type=USAGE_TYPES.get(usage_type),
            tariff=tariff,
            used=int(used),
            fee=Decimal(fee),
            roaming=roaming,
            places=tuple(places),
            counted=int(counted),
        )


def _is_abroad(traits: dict[str, Any]) -> bool:
    """Whether a visited network's prices held. At home (``domestic``) roaming is a place, and costs as anywhere."""
    return traits.get("roaming") is True and traits.get("roamingType") != "domestic"


def _is_name(place: object) -> TypeGuard[str]:
    """Whether a place can be told: one that can't is left out, and spoils no sum."""
    return isinstance(place, str) and 0 < len(place) <= PLACE_CHARACTERS_MOST and place.isprintable()


def _is_free(usage: Wire) -> bool:
    """Whether no allowance is asked for it either: a call received, say."""
    rates = [rated.maybe_text("offerTariffType") for rated in usage.children("ratedProductUsage")]
    return bool(rates) and all(rate == _FREE for rate in rates)


def _count(usage_type: str, amount: int) -> int:
    return -(-amount // MINUTE_SECONDS) * MINUTE_SECONDS if usage_type == UsageType.VOICE.value else amount


def _read_amount(usage: Wire, amount: object) -> int:
    return Wire({"amount": amount}, system=usage.system, currency=usage.currency).whole("amount")
