"""Who holds what, and who pays for it?"""

from dataclasses import dataclass, replace
from typing import Literal

from sandbox.bss.pot import Pot

LineKind = Literal["mobile", "fixed", "broadband", "iptv"]
AccountKind = Literal["postpaid", "prepaid"]


@dataclass(frozen=True, slots=True)
class City:
    """Where people live, and by which area code a call is local."""

    zh: str
    province: str
    area_code: str
    initials: str


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person (TMF632 Individual); ``checked``: an agent saw the ID document."""

    id: str
    family_name: str
    given_name: str
    gender: Literal["male", "female"]
    birth_date: str
    identity_number: str
    contact_number: str
    checked: bool = True

    @property
    def full_name(self) -> str:
        """The Chinese way round."""
        return self.family_name + self.given_name


@dataclass(frozen=True, slots=True)
class Customer:
    """The real-name party that signed (TMF629). ``company`` is its name if it is one; ``person`` acts for it."""

    id: str
    person: Person
    company: str | None = None

    @property
    def name(self) -> str:
        """The company's, or the person's."""
        return self.company or self.person.full_name


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays (TMF666). ``own_li`` is its own money when the world was made.

    The habit: a bill is paid ``pays_days_after_due`` days after it is due (negative: before; 0: at that instant), of
    which
    ``first_share_percent`` then and the rest 20 days later; the last ``skips_last_bills`` bills, and all later ones,
    never.
    """

    id: str
    kind: AccountKind
    own_li: int
    credit_limit_li: int
    pays_days_after_due: int
    first_share_percent: int = 100
    skips_last_bills: int = 0
    pots: tuple[Pot, ...] = ()


@dataclass(frozen=True, slots=True)
class Habit:
    """How a line is used in an ordinary month.

    ``swings`` scales data by months before the world was made (index 0 = running month); ``data_now_bytes`` fixes what
    the running month had used when the world was made, so that a story holds on any day. ``events`` counts value-added
    events (of ``services``) by months before the world was made; the last count holds for all earlier months.
    """

    calls: int = 0
    texts: int = 0
    sessions: int = 0
    data_bytes: int = 0
    apps: tuple[str, ...] = ()
    swings: tuple[float, ...] = ()
    data_now_bytes: int | None = None
    events: tuple[int, ...] = ()
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trip:
    """A stay abroad: everything used in it is roaming. ``place`` is ``日本·东京``; the end is exclusive."""

    place: str
    start_ms: int
    end_ms: int

    def covers(self, at_ms: int) -> bool:
        """Whether an instant falls into it."""
        return self.start_ms <= at_ms < self.end_ms


@dataclass(frozen=True, slots=True)
class Introductory:
    """A lower price at first: so much off the monthly fee in the package's first ``months`` billing months."""

    off_li: int
    months: int


@dataclass(frozen=True, slots=True)
class Package:
    """An offering held by a line. Instants in ms; ``contract_until_ms`` binds a plan; one that is ``free`` was given
    and costs nothing."""

    id: str
    offering_id: str
    since_ms: int
    until_ms: int | None = None
    contract_until_ms: int | None = None
    introductory: Introductory | None = None
    free: bool = False

    def is_held(self, at_ms: int) -> bool:
        """Whether it had begun and not ended at an instant."""
        return self.since_ms <= at_ms and (self.until_ms is None or self.until_ms > at_ms)


@dataclass(frozen=True, slots=True)
class OneOff:
    """What is charged once: a fee as something begins (``oneTime``), or for leaving a contract (``penalty``)."""

    at_ms: int
    kind: Literal["penalty", "oneTime"]
    zh: str
    en: str
    amount_li: int
    product_id: str


@dataclass(frozen=True, slots=True)
class Line:
    """A service line (用户). ``until_ms`` is when it ended or will end, if so; ``preclosed_ms`` since when its closing
    is under way: months that begin later cost no fee."""

    id: str
    kind: LineKind
    number: str
    city: City
    account_id: str
    user: Person
    since_ms: int
    habit: Habit
    packages: tuple[Package, ...]
    main_line_id: str | None = None
    suspended: bool = False
    barred_in_arrears: bool = False
    until_ms: int | None = None
    trips: tuple[Trip, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    preclosed_ms: int | None = None

    def is_ended(self, at_ms: int) -> bool:
        """Whether it had ended at an instant."""
        return self.until_ms is not None and self.until_ms <= at_ms

    def ended(self, end_ms: int | None) -> "Line":
        """The same line, which ended at this instant together with what it holds (what was to begin later never does);
        None: it did not."""
        if end_ms is None:
            return self
        begun = (package for package in self.packages if package.since_ms < end_ms)
        held = tuple(replace(package, until_ms=min(package.until_ms or end_ms, end_ms)) for package in begun)
        return replace(self, until_ms=end_ms, packages=held)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What shares a bill or a bucket: one customer with the account and the lines that it pays for."""

    index: int
    customer: Customer
    account: Account
    lines: tuple[Line, ...]
    quiet: bool = False

    def line(self, line_id: str) -> Line | None:
        """The line with this id."""
        return next((line for line in self.lines if line.id == line_id), None)
