"""Which campaigns can match at all, without looking at each?"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from loyalty.rules.campaign import Campaign
from loyalty.rules.clauses import Clause, find_clauses
from loyalty.rules.facts import Facts, HappeningKind
from loyalty.rules.plan import Plan, make_plan
from loyalty.rules.tables import Table, make_tables


@dataclass(frozen=True, slots=True)
class KindIndex:
    """The campaigns of one kind of happening, each clause of them a bit.

    Each table answers a fact with the bits that it leaves standing, so that together they cost a dozen ANDs of whole
    numbers, however many campaigns there are: a thousand are 125 bytes.
    """

    clauses: tuple[Clause, ...]
    tables: tuple[Table, ...]

    def find_clauses(self, facts: Facts) -> Iterator[Clause]:
        """Of each campaign that may match, one clause that holds. What is left out does not match."""
        bits = self._find_bits(facts)
        found: Plan | None = None
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            clause = self.clauses[lowest.bit_length() - 1]
            if clause.plan is not found:  # the clauses of one campaign follow each other
                found = clause.plan
                yield clause

    def _find_bits(self, facts: Facts) -> int:
        bits = -1
        for find_fact, find_bits in self.tables:
            bits &= find_bits(find_fact(facts))
            if not bits:
                break
        return bits


NOTHING = KindIndex((), ((lambda facts: facts.kind, lambda _: 0),))


@dataclass(frozen=True, slots=True)
class Rules:
    """Compiled campaigns: immutable, and safe to share."""

    plans: tuple[Plan, ...]
    indexes: Mapping[HappeningKind, KindIndex]

    def find_clauses(self, facts: Facts) -> Iterator[Clause]:
        """One of each campaign that may match these facts."""
        return self.indexes.get(facts.kind, NOTHING).find_clauses(facts)

    def of_kind(self, kind: HappeningKind) -> Iterator[Plan]:
        """Every campaign of the kind, on or off."""
        return (plan for plan in self.plans if kind in plan.campaign.kinds)


def compile_rules(campaigns: Collection[Campaign]) -> Rules:
    """Builds the index; its memory is one bit for each campaign and distinct value that is asked for.

    ValueError: two versions of one campaign. LookupError: a campaign that was never checked.
    """
    if len({campaign.id for campaign in campaigns}) < len(campaigns):
        raise ValueError("of each campaign one version")
    plans = tuple(make_plan(campaign) for campaign in campaigns)
    indexes = {}
    for kind in HappeningKind:
        live = (plan for plan in plans if plan.campaign.is_on and kind in plan.campaign.kinds)
        clauses = tuple(clause for plan in live for clause in find_clauses(plan))
        if clauses:
            indexes[kind] = KindIndex(clauses, make_tables(clauses))
    return Rules(plans, indexes)
