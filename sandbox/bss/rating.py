"""What does each use take from the buckets, and what does it cost?"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from sandbox.bss import tariff
from sandbox.bss.bucket import Bucket, BucketState
from sandbox.bss.month import hour_in_china
from sandbox.bss.portfolio import Line
from sandbox.bss.usage import Use

_ROAMING: Final = {"voice": tariff.ROAMING_CALL, "sms": tariff.ROAMING_MESSAGE, "data": tariff.ROAMING_DATA}


class Rated(NamedTuple):
    """A use with its fee in li, the rate that made the fee (None: covered or free), and what it took from which
    bucket (nothing and no rate: it was free)."""

    use: Use
    fee_li: int
    rate: tariff.Rate | None
    taken: tuple[tuple[str, int], ...]


def rate_uses(
    uses: Iterable[Use], buckets: Iterable[Bucket], lines: Iterable[Line]
) -> tuple[list[Rated], list[BucketState]]:
    """Rates uses in the order given, all lines together, because they share buckets."""
    buckets = list(buckets)
    used: dict[str, dict[str, int]] = {bucket.id: {} for bucket in buckets}
    left: dict[str, int | None] = {bucket.id: bucket.total for bucket in buckets}
    open_to = {line.id: _by_kind(bucket for bucket in buckets if bucket.serves(line)) for line in lines}
    rated = [_rate(use, open_to[use.line_id], used, left) for use in uses]
    return rated, [BucketState(bucket, used[bucket.id]) for bucket in buckets]


def rate_of(use: Use) -> tariff.Rate | None:
    """The rate for what no bucket covers; None: it is free. Of a call received, abroad alone is charged."""
    if use.kind == "valueAdded":
        return tariff.RATE_OF_SERVICE.get(use.app)
    if use.abroad:
        return _ROAMING[use.kind] if use.outgoing or use.kind == "voice" else None
    return _domestic_rate(use) if use.outgoing else None


def _domestic_rate(use: Use) -> tariff.Rate:
    if use.kind == "data":
        return tariff.DATA
    if use.kind == "sms":
        return tariff.MESSAGE
    if not use.long_distance:
        return tariff.LOCAL_CALL
    return tariff.NIGHT_LONG_DISTANCE if hour_in_china(use.at_ms) < tariff.NIGHT_ENDS_HOUR else tariff.LONG_DISTANCE


def _by_kind(buckets: Iterable[Bucket]) -> dict[str, list[Bucket]]:
    found: dict[str, list[Bucket]] = {"voice": [], "sms": [], "data": [], "valueAdded": []}
    for bucket in buckets:
        found[bucket.kind].append(bucket)
    return found


def _rate(
    use: Use, open_to: Mapping[str, list[Bucket]], used: dict[str, dict[str, int]], left: dict[str, int | None]
) -> Rated:
    if use.abroad or not use.outgoing:
        rate = rate_of(use)
        return Rated(use, rate.fee_li(use.amount) if rate else 0, rate, ())
    wanted = -(-use.amount // 60) * 60 if use.kind == "voice" else use.amount  # buckets give whole minutes
    covered = 0
    taken: list[tuple[str, int]] = []
    for bucket in open_to[use.kind]:
        if covered == wanted:
            break
        if (bucket.app is not None and bucket.app != use.app) or not bucket.is_open(use.at_ms):
            continue
        rest = left[bucket.id]
        part = wanted - covered if rest is None else min(wanted - covered, rest)
        if part:
            covered += part
            taken.append((bucket.id, part))
            used[bucket.id][use.line_id] = used[bucket.id].get(use.line_id, 0) + part
            left[bucket.id] = None if rest is None else rest - part
    uncovered = use.amount - covered
    if uncovered <= 0:
        return Rated(use, 0, None, tuple(taken))
    rate = rate_of(use)
    return Rated(use, rate.fee_li(uncovered) if rate else 0, rate, tuple(taken))
