"""What can be bought, in which shape?"""

from dataclasses import dataclass
from typing import Literal

from sandbox.bss.change import Start
from sandbox.bss.portfolio import AccountKind, LineKind

UsageKind = Literal["voice", "sms", "data", "valueAdded"]
OfferingKind = Literal["plan", "add-on"]
Subject = Literal["monthly_fee", "voice", "data", "sms", "value_added", "other_party", "discount", "late_fee", "other"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an offering includes each month: bytes, seconds or messages.

    ``total`` None is unlimited; ``app`` makes it dedicated to one app; ``rolls_over`` keeps what is unused one month
    more.
    """

    kind: UsageKind
    total: int | None
    zh: str
    en: str
    app: str | None = None
    shared: bool = False
    throttle_after: int | None = None
    rolls_over: bool = False


@dataclass(frozen=True, slots=True)
class Offering:
    """An offering of the catalogue. Fees and discounts are li a month; ``discount_percent`` is off the monthly fees
    of its line.

    ``once_li`` is charged as it begins, ``early_exit_li`` for each month left of ``contract_months``. ``starts``
    are the possible ones, the usual first; ``sold_in`` the channels (empty: all), ``by_text`` that a text is enough.
    ``lines`` are the kinds of line that can have it, ``account`` the kind that can pay for it (None: any). One that is
    not ``ordered`` is given by the operator: for ``given_months``, where whoever has it given says nothing else (0: it
    does not end by itself). ``visit``: somebody comes and installs it. ``terms`` are (zh, en).
    """

    id: str
    zh: str
    en: str
    kind: OfferingKind
    category: str
    fee_li: int
    allowances: tuple[Allowance, ...] = ()
    subject: Subject = "monthly_fee"
    discount_li: int = 0
    discount_percent: int = 0
    bundles: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    valid_from: str = "2015-01-01T00:00:00+08:00"
    valid_until: str | None = None
    once_li: int = 0
    contract_months: int = 0
    early_exit_li: int = 0
    starts: tuple[Start, ...] = ("nextCycle",)
    sold_in: tuple[str, ...] = ()
    by_text: bool = False
    lines: tuple[LineKind, ...] = ("mobile",)
    account: AccountKind | None = None
    ordered: bool = True
    given_months: int = 0
    visit: bool = False
    terms: tuple[str, str] | None = None

    @property
    def of_third_party(self) -> bool:
        """Whether it is collected for somebody else."""
        return self.subject == "other_party"


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of the catalogue."""

    id: str
    zh: str
    en: str
    parent_id: str | None = None
