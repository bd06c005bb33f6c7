"""Who are the other subscribers?

The subscriber at an index is derived from the seed whenever it is asked for; nothing is stored.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final, NamedTuple

from sandbox.bss.draft import LineDraft, PortfolioDraft, account_id, build_portfolio
from sandbox.bss.money import yuan
from sandbox.bss.month import DAY_MS, Month
from sandbox.bss.names import CITIES, company
from sandbox.bss.portfolio import Account, City, Habit, LineKind, Portfolio, Trip
from sandbox.bss.tariff import GIGABYTE

MOST_LINES: Final = 4
_STRIDE: Final = 61_803_399
"""Prime to 10, so that multiplying by it modulo a power of ten scatters serials over numbers and can be undone."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """A line as a household wishes it."""

    kind: LineKind
    offerings: tuple[str, ...]
    shares: bool = False


_APPS = ("微信", "短视频", "浏览器", "音乐", "地图", "游戏")
_SERVICES = ("付费阅读", "付费阅读", "游戏道具", "彩铃下载", "来电提醒")
_ABROAD = ("日本·东京", "泰国·曼谷", "新加坡·新加坡", "韩国·首尔", "法国·巴黎", "马来西亚·吉隆坡")
_SINGLES = ("plan-light-19", "plan-59", "plan-59", "plan-79", "plan-129", "plan-senior-18", "plan-unlimited-199")
_PACKS = (
    "pack-video-30", "pack-music-10", "pack-voice-100", "pack-sms-100", "vas-ring", "vas-missed-call", "sp-reading",
)  # fmt: skip


def derive_portfolio(index: int, *, seed: int, born_ms: int) -> Portfolio:
    """The customer at an index with the account and the lines."""
    chance = Random(f"{seed}/portfolio/{index}")
    city = chance.choice(CITIES)
    kind = chance.choices(tuple(_KINDS), tuple(share for share, _ in _KINDS.values()))[0]
    wishes = _KINDS[kind][1](chance)
    is_prepaid = kind == "prepaid"
    draft = PortfolioDraft(
        account=_account(chance, index, is_prepaid=is_prepaid),
        lines=tuple(
            _line(chance, index * MOST_LINES + place, wish, city, born_ms) for place, wish in enumerate(wishes)
        ),
        company=company(chance, city) if kind in {"office", "enterprise"} else None,
        city=city,
    )  # fmt: skip
    extras = None if is_prepaid else _extras(index, seed, born_ms)
    return build_portfolio(index, _with_extras(draft, extras) if extras else draft, chance)


def candidate_index(number: str) -> int | None:
    """The only index whose portfolio can have this number; the caller compares."""
    digits = number[-8:] if len(number) == 11 and number.startswith("1") else number[-7:]
    if not digits.isascii() or not digits.isdigit():
        return None
    modulus: int = 10 ** len(digits)
    serial: int = int(digits) * pow(_STRIDE, -1, modulus) % modulus
    return serial // MOST_LINES


class _Extras(NamedTuple):
    """What a few people do besides: value-added events a month, and trips abroad."""

    events: int
    trips: tuple[Trip, ...]


def _extras(index: int, seed: int, born_ms: int) -> _Extras | None:
    """Drawn apart, so that it changes nobody else; one in three has any."""
    if (index + seed) % 3:
        return None
    chance = Random(f"{seed}/extras/{index}")
    if chance.random() < 0.85:
        return _Extras(chance.randint(1, 6), ())
    start_ms = Month.of(born_ms).plus(-chance.randint(1, 5)).start_ms + chance.randint(0, 19) * DAY_MS
    return _Extras(0, (Trip(chance.choice(_ABROAD), start_ms, start_ms + chance.randint(2, 8) * DAY_MS),))


def _with_extras(draft: PortfolioDraft, extras: _Extras) -> PortfolioDraft:
    """The first mobile line of the household has them."""
    first = draft.lines[0]
    if first.kind != "mobile":
        return draft
    habit = replace(first.habit, events=(extras.events,), services=_SERVICES)
    return replace(draft, lines=(replace(first, habit=habit, trips=extras.trips), *draft.lines[1:]))


def _single(chance: Random) -> tuple[_Wish, ...]:
    return (_Wish("mobile", _with_packs(chance, chance.choice(_SINGLES))),)


def _prepaid(chance: Random) -> tuple[_Wish, ...]:
    return (_Wish("mobile", (chance.choice(("plan-prepaid-8", "plan-prepaid-39", "plan-prepaid-39")),)),)


def _family(chance: Random) -> tuple[_Wish, ...]:
    secondary = _Wish("mobile", ("plan-secondary-10",), shares=True)
    return (_Wish("mobile", _with_packs(chance, "plan-family-169")), *(secondary,) * chance.randint(1, 2))


def _household(chance: Random) -> tuple[_Wish, ...]:
    if chance.random() < 0.6:
        return (*_single(chance), _Wish("broadband", ("broadband-500",)), _Wish("iptv", ("iptv-20",)))
    return (*_single(chance), _Wish("broadband", ("broadband-1000",)))


def _broadband(_: Random) -> tuple[_Wish, ...]:
    return (_Wish("broadband", ("broadband-300",)),)


def _office(_: Random) -> tuple[_Wish, ...]:
    return (_Wish("fixed", ("fixed-business-50",)),)


def _enterprise(chance: Random) -> tuple[_Wish, ...]:
    return (_Wish("mobile", ("plan-enterprise-89",)),) * chance.randint(2, MOST_LINES)


_KINDS: dict[str, tuple[int, Callable[[Random], tuple[_Wish, ...]]]] = {
    "single": (56, _single),
    "prepaid": (18, _prepaid),
    "family": (8, _family),
    "household": (10, _household),
    "broadband": (4, _broadband),
    "office": (2, _office),
    "enterprise": (2, _enterprise),
}
"""Of a hundred customers, so many are of each kind."""


def _with_packs(chance: Random, plan: str) -> tuple[str, ...]:
    return (plan, *chance.sample(_PACKS, chance.choice((0, 0, 1, 1, 2, 3))))


def _account(chance: Random, index: int, *, is_prepaid: bool) -> Account:
    late = chance.random() < 0.06
    return Account(
        id=account_id(index),
        kind="prepaid" if is_prepaid else "postpaid",
        own_li=yuan(chance.randint(500, 12000) / 100) if is_prepaid else yuan(chance.choice((0, 0, 10, 50))),
        credit_limit_li=0 if is_prepaid else yuan(chance.choice((100, 200, 300, 500))),
        pays_days_after_due=chance.randint(2, 14) if late else -chance.randint(8, 27),
        first_share_percent=50 if late and chance.random() < 0.5 else 100,
    )


def _line(chance: Random, serial: int, wish: _Wish, city: City, born_ms: int) -> LineDraft:
    return LineDraft(
        kind=wish.kind,
        number=_number(wish.kind, serial, city),
        habit=_habit(chance, wish.kind),
        offerings=wish.offerings,
        since_ms=Month.of(born_ms).plus(-chance.randint(7, 90)).start_ms,
        shares_from_first=wish.shares,
        suspended=wish.kind == "mobile" and chance.random() < 0.01,
    )


def _number(kind: LineKind, serial: int, city: City) -> str:
    if kind == "mobile":
        return f"139{serial * _STRIDE % 10**8:08}"
    tail = f"{serial * _STRIDE % 10**7:07}"
    stems = {"fixed": f"{city.area_code}8", "broadband": f"{city.initials}0", "iptv": f"{city.initials}iptv"}
    return stems[kind] + tail


def _habit(chance: Random, kind: LineKind) -> Habit:
    if kind == "mobile":
        apps = tuple(chance.sample(_APPS, 3))
        return Habit(
            calls=chance.randint(90, 200), texts=chance.randint(10, 60), sessions=chance.randint(120, 260),
            data_bytes=int(chance.lognormvariate(2.6, 0.5) * GIGABYTE), apps=apps,
        )  # fmt: skip
    if kind == "fixed":
        return Habit(calls=chance.randint(40, 160))
    if kind == "broadband":
        gigabytes = chance.randint(80, 900)
        return Habit(sessions=chance.randint(60, 180), data_bytes=gigabytes * GIGABYTE, apps=("家庭宽带",))
    return Habit()
