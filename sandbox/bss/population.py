"""Who are the other subscribers?

The subscriber at an index is derived from the seed whenever it is asked for; nothing is stored.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from sandbox.bss.money import yuan
from sandbox.bss.month import Month
from sandbox.bss.names import CITIES, company, person
from sandbox.bss.portfolio import Account, City, Customer, Habit, Line, LineKind, Package, Portfolio
from sandbox.bss.tariff import GIGABYTE

MOST_LINES: Final = 4
_STRIDE: Final = 61_803_399
"""Prime to 10, so that multiplying by it modulo a power of ten scatters serials over numbers and can be undone."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A line before it has its number."""

    kind: LineKind
    offerings: tuple[str, ...]
    shares: bool = False


_APPS = ("微信", "短视频", "浏览器", "音乐", "地图", "游戏")
_SINGLES = ("plan-light-19", "plan-59", "plan-59", "plan-79", "plan-129", "plan-senior-18", "plan-unlimited-199")
_PACKS = (
    "pack-video-30",
    "pack-music-10",
    "pack-voice-100",
    "pack-sms-100",
    "vas-ring",
    "vas-missed-call",
    "sp-reading",
)


def derive_portfolio(index: int, *, seed: int, born_ms: int) -> Portfolio:
    """The customer at an index with the account and the lines."""
    chance = Random(f"{seed}/portfolio/{index}")
    city = chance.choice(CITIES)
    drafts, is_company, is_prepaid = _drafts(chance)
    lines = tuple(_line(chance, index, place, draft, city, born_ms) for place, draft in enumerate(drafts, start=1))
    holder = person(chance, id_=f"I{index:06}", contact_number=lines[0].number)
    customer = Customer(f"C{index:06}", holder, company(chance, city) if is_company else None)
    return Portfolio(index, customer, _account(chance, index, is_prepaid=is_prepaid), lines)


def candidate_index(number: str) -> int | None:
    """The only index whose portfolio can have this number; the caller compares."""
    digits = number[-8:] if len(number) == 11 and number.startswith("1") else number[-7:]
    if not digits.isascii() or not digits.isdigit():
        return None
    modulus = 10 ** len(digits)
    return int(digits) * int(pow(_STRIDE, -1, modulus)) % modulus // MOST_LINES


def _drafts(chance: Random) -> tuple[tuple[_Draft, ...], bool, bool]:
    """The lines, whether a company holds them, whether they are prepaid."""
    kind = chance.random()
    if kind < 0.56:
        return (_Draft("mobile", _with_packs(chance, chance.choice(_SINGLES))),), False, False
    if kind < 0.74:
        return (
            (_Draft("mobile", (chance.choice(("plan-prepaid-8", "plan-prepaid-39", "plan-prepaid-39")),)),),
            False,
            True,
        )
    if kind < 0.82:
        secondary = (_Draft("mobile", ("plan-secondary-10",), shares=True),) * chance.randint(1, 2)
        return (_Draft("mobile", _with_packs(chance, "plan-family-169")), *secondary), False, False
    if kind < 0.92:
        speed = chance.choice(("broadband-500", "broadband-1000"))
        television = (_Draft("iptv", ("iptv-20",)),) if chance.random() < 0.6 else ()
        mobile = _Draft("mobile", _with_packs(chance, chance.choice(_SINGLES)))
        return (mobile, _Draft("broadband", (speed,)), *television), False, False
    if kind < 0.96:
        return (_Draft("broadband", ("broadband-300",)),), False, False
    if kind < 0.98:
        return (_Draft("fixed", ("fixed-business-50",)),), True, False
    return (_Draft("mobile", ("plan-enterprise-89",)),) * chance.randint(2, MOST_LINES), True, False


def _with_packs(chance: Random, plan: str) -> tuple[str, ...]:
    return (plan, *chance.sample(_PACKS, chance.choice((0, 0, 1, 1, 2, 3))))


def _account(chance: Random, index: int, *, is_prepaid: bool) -> Account:
    late = chance.random() < 0.06
    return Account(
        id=f"A{index:06}",
        kind="prepaid" if is_prepaid else "postpaid",
        own_li=yuan(chance.randint(500, 12000) / 100) if is_prepaid else yuan(chance.choice((0, 0, 10, 50))),
        credit_limit_li=0 if is_prepaid else yuan(chance.choice((100, 200, 300, 500))),
        pays_days_after_due=chance.randint(2, 14) if late else -chance.randint(8, 27),
        first_share_percent=50 if late and chance.random() < 0.5 else 100,
    )


def _line(chance: Random, index: int, position: int, draft: _Draft, city: City, born_ms: int) -> Line:
    number = _number(draft.kind, index * MOST_LINES + position - 1, city)
    since_ms = Month.of(born_ms).plus(-chance.randint(7, 90)).start_ms
    return Line(
        id=f"L{index:06}-{position}",
        kind=draft.kind,
        number=number,
        city=city,
        account_id=f"A{index:06}",
        user=person(chance, id_=f"I{index:06}-{position}", contact_number=number),
        since_ms=since_ms,
        habit=_habit(chance, draft.kind),
        packages=tuple(
            Package(f"P{index:06}-{position}-{order}", offering_id, since_ms)
            for order, offering_id in enumerate(draft.offerings, start=1)
        ),
        main_line_id=f"L{index:06}-1" if draft.shares else None,
        suspended=draft.kind == "mobile" and chance.random() < 0.01,
    )


def _number(kind: LineKind, serial: int, city: City) -> str:
    if kind == "mobile":
        return f"139{serial * _STRIDE % 10**8:08}"
    tail = f"{serial * _STRIDE % 10**7:07}"
    return {"fixed": f"{city.area_code}8{tail}", "broadband": f"{city.initials}0{tail}"}.get(
        kind, f"{city.initials}iptv{tail}"
    )


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
        return Habit(
            sessions=chance.randint(60, 180), data_bytes=chance.randint(80, 900) * GIGABYTE, apps=("家庭宽带",)
        )
    return Habit()
