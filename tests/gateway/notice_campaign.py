"""What does an attacker get who posts callbacks, forged, mutated, shuffled and replayed, to every provider's address?

Everything on the way is real: the route, the adapters, the rows and the workers. The attacker knows what was opened and
has overheard true callbacks; the money of most of them was never paid.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.applications import Starlette

from gateway.payment_notices import SOURCES, payment_notice_routes
from ordering.money.notices import PaymentNotices
from ordering.money.recharges import SqlRecharges
from ordering.money.work import PaymentWork
from tests.gateway.notice_vendors import VENDORS, Post, Told
from tests.ordering.money.till import Shop

FEN = 5000


@dataclass(frozen=True)
class Overheard:
    """A true callback, and what it tells."""

    vendor: str
    told: Told
    post: Post


@dataclass
class Tally:
    """What was posted, by attack, and what of it was taken."""

    posted: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    believed_wrongly: list[str] = field(default_factory=list)


class NoticeCampaign:
    """``payments`` of each provider, a third paid before it begins, a third while it goes on, a third never."""

    def __init__(self, shop: Shop, chance: Random, *, payments: int) -> None:
        self._shop, self._chance, self._payments = shop, chance, payments
        self._vendors = {name: make(chance) for name, make in VENDORS.items()}
        providers = {SOURCES[name]: vendor.provider for name, vendor in self._vendors.items()}
        till = shop.make_till(providers=providers, rules=shop.till.rules)
        self._recharges = SqlRecharges(till, shop.fetch_reconciliations)
        self._work = PaymentWork(till)
        shop.recharges = self._recharges
        self._route = Starlette(routes=payment_notice_routes(PaymentNotices(till).take))
        self._true: list[Overheard] = []
        self.tally = Tally()

    async def wage(self, posts: int) -> None:
        """Opens the payments, posts, and lets the workers end what can be ended."""
        await self._open()
        transport = httpx.ASGITransport(self._route)
        async with httpx.AsyncClient(transport=transport, base_url="http://hall.test") as client:
            for number in range(posts):
                if number % max(1, posts // 20) == 0:
                    await self._pass_time(number / posts)
                await self._attack(client)
        await self._shop_settles()

    @property
    def paid(self) -> set[str]:
        """The payments that somebody paid."""
        return {reference for vendor in self._vendors.values() for reference, paid in vendor.paid.items() if paid}

    async def _open(self) -> None:
        for name, vendor in self._vendors.items():
            for number in range(self._payments):
                reference = f"{name.replace('-', '')}{number:05}"
                await self._shop.start(reference, source=SOURCES[name], way=vendor.way)
                told = Told(reference, FEN, self._shop.moment, f"true-{reference}")
                self._true.append(Overheard(name, told, vendor.tell(told)))
                vendor.paid[reference] = number % 3 == 0

    async def _pass_time(self, share: float) -> None:
        """The second third is paid little by little, and the workers have their turn."""
        for vendor in self._vendors.values():
            second = sorted(vendor.paid)[1::3]
            for reference in second[: int(share * len(second)) + 1]:
                vendor.paid[reference] = True
        await self._work.work_on_payments()

    async def _shop_settles(self) -> None:
        for _ in range(8):
            await self._work.work_on_payments()
            self._shop.advance(minutes=3)
        await self._work.work_on_payments()

    async def _attack(self, client: httpx.AsyncClient) -> None:
        name, attack = self._chance.choice(ATTACKS)
        victim = self._chance.choice(self._true)
        address, post = attack(self, victim)
        answer = await client.post(f"/payments/{address}/notice", content=post.body, headers=dict(post.headers))
        taken = answer.is_success and answer.content != b"failure"
        self.tally.posted[name] += 1
        self.tally.taken[name] += taken
        if taken and name not in MAY_BE_TAKEN and not self._means_a_true_one(address, post):
            self.tally.believed_wrongly.append(name)

    def _means_a_true_one(self, address: str, post: Post) -> bool:
        """A form can be spelt in several ways: a mutation may be another spelling of what is true."""
        if address != "alipay":
            return False
        said = sorted(parse_qsl(post.body.decode("latin-1")))
        return any(said == sorted(parse_qsl(each.post.body.decode())) for each in self._true if each.vendor == address)

    # Attacks: each answers where to post what.

    def replay(self, victim: Overheard) -> tuple[str, Post]:
        return victim.vendor, victim.post

    def flip(self, victim: Overheard) -> tuple[str, Post]:
        body, place = victim.post.body, self._chance.randrange(len(victim.post.body))
        flipped = body[:place] + bytes([body[place] ^ (1 << self._chance.randrange(8))]) + body[place + 1 :]
        return victim.vendor, replace(victim.post, body=flipped)

    def cut(self, victim: Overheard) -> tuple[str, Post]:
        return victim.vendor, replace(
            victim.post, body=victim.post.body[: self._chance.randrange(len(victim.post.body))]
        )

    def lengthen(self, victim: Overheard) -> tuple[str, Post]:
        more = self._chance.choice((b" ", b"&a=b", b"\n", b"\x00", victim.post.body))
        return victim.vendor, replace(victim.post, body=victim.post.body + more)

    def spoil_signature(self, victim: Overheard) -> tuple[str, Post]:
        names = self._vendors[victim.vendor].signed_names
        if not names:
            return self._change_field(victim, self._chance.choice(("sign", "sign_type", "notify_time", "app_id")))
        name = self._chance.choice(names)
        if self._chance.random() < 0.3:
            return victim.vendor, replace(
                victim.post, headers={k: v for k, v in victim.post.headers.items() if k != name}
            )
        value = list(victim.post.headers[name])
        place = self._chance.randrange(len(value))
        value[place] = self._chance.choice([each for each in "0123456789abcdefXYZ+/=" if each != value[place]])
        return victim.vendor, replace(victim.post, headers={**victim.post.headers, name: "".join(value)})

    def swap(self, victim: Overheard) -> tuple[str, Post]:
        """One callback's signature with another's body."""
        other = self._chance.choice([each for each in self._true if each.vendor == victim.vendor and each != victim])
        if not self._vendors[victim.vendor].signed_names:
            fields = dict(parse_qsl(other.post.body.decode())) | {"sign": _field(victim.post, "sign")}
            return victim.vendor, replace(victim.post, body=urlencode(fields).encode())
        return victim.vendor, replace(victim.post, body=other.post.body)

    def misdirect(self, victim: Overheard) -> tuple[str, Post]:
        return self._chance.choice([name for name in self._vendors if name != victim.vendor]), victim.post

    def forge(self, victim: Overheard) -> tuple[str, Post]:
        return self._tell(victim, id=self._chance.randbytes(16).hex(), stranger=True)

    def take_from_elsewhere(self, victim: Overheard) -> tuple[str, Post]:
        """The provider's own signature, for another of its merchants."""
        return self._tell(victim, id=self._chance.randbytes(16).hex(), elsewhere=True)

    def keep_back(self, victim: Overheard) -> tuple[str, Post]:
        minutes = self._chance.choice((-60, -6, 6, 60, 60 * 24 * 30))
        return self._tell(victim, at=victim.told.at - timedelta(minutes=minutes))

    def lie(self, victim: Overheard) -> tuple[str, Post]:
        """Rightly signed, and untrue: another amount, currency or payment."""
        others = [each.told.reference for each in self._true if each.vendor != victim.vendor]
        lies: tuple[dict[str, object], ...] = (
            {"fen": self._chance.choice((1, 4999, 5001, 500_000))},
            {"currency": "USD"},
            {"reference": "nobodys"},
            {"reference": self._chance.choice(others)},
        )
        return self._tell(victim, id=self._chance.randbytes(16).hex(), **self._chance.choice(lies))

    def rush(self, victim: Overheard) -> tuple[str, Post]:
        """Rightly signed, a new one each time, whether or not anybody paid."""
        return self._tell(victim, id=self._chance.randbytes(16).hex())

    def babble(self, victim: Overheard) -> tuple[str, Post]:
        bodies = (self._chance.randbytes(self._chance.randrange(2000)), b"[" * 30_000, b"{}", b"", b"a=" * 40_000)
        return victim.vendor, replace(victim.post, body=self._chance.choice(bodies))

    def _tell(self, victim: Overheard, **changes: object) -> tuple[str, Post]:
        return victim.vendor, self._vendors[victim.vendor].tell(replace(victim.told, **changes))  # type: ignore[arg-type]

    def _change_field(self, victim: Overheard, name: str) -> tuple[str, Post]:
        fields = dict(parse_qsl(victim.post.body.decode()))
        if self._chance.random() < 0.3:
            del fields[name]
        else:
            fields[name] = fields[name][:-1] + ("A" if fields[name][-1] != "A" else "B")
        return victim.vendor, replace(victim.post, body=urlencode(fields).encode())


def _field(post: Post, name: str) -> str:
    return dict(parse_qsl(post.body.decode()))[name]


Attack = Callable[[NoticeCampaign, Overheard], tuple[str, Post]]
ATTACKS: tuple[tuple[str, Attack], ...] = (
    ("replayed", NoticeCampaign.replay),
    ("flipped", NoticeCampaign.flip),
    ("cut", NoticeCampaign.cut),
    ("lengthened", NoticeCampaign.lengthen),
    ("signature spoilt", NoticeCampaign.spoil_signature),
    ("swapped", NoticeCampaign.swap),
    ("misdirected", NoticeCampaign.misdirect),
    ("forged", NoticeCampaign.forge),
    ("another merchant's", NoticeCampaign.take_from_elsewhere),
    ("kept back", NoticeCampaign.keep_back),
    ("lies", NoticeCampaign.lie),
    ("rushed", NoticeCampaign.rush),
    ("babble", NoticeCampaign.babble),
)
MAY_BE_TAKEN = frozenset({"replayed", "rushed"})
"""What is rightly signed and not untrue as far as a callback goes: it makes us ask, and no more."""


def find_wrong_credits(shop: Shop, paid: set[str]) -> dict[str, int]:
    """What the BSS booked that nobody paid, booked twice, or did not book although it was paid."""
    effects = shop.bss.effects
    return {each: effects[each] for each in paid | set(effects) if effects[each] != (each in paid)}
