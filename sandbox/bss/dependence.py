"""What could not stay without what goes?"""

from sandbox.bss.change_case import Case, Held


def dependents(case: Case) -> list[Held]:
    """What could not stay without the packages that go: it needs one of them (or all of a bundle)."""
    going = {held.package.id for held in case.going}
    before = case.held()
    after = [held for held in before if held.package.id not in going]
    return [held for held in after if _is_content(held, before, case) and not _is_content(held, after, case)]


def lost_with(case: Case) -> list[Held]:
    """The benefits that end with what goes."""
    return [held for held in dependents(case) if held.offering.category == "benefit"]


def _is_content(held: Held, all_held: list[Held], case: Case) -> bool:
    """Whether everything is there that a held package needs; with a change of plan also by what is taken."""
    near = [other for other in all_held if held.offering.kind == "plan" or other.line.id == held.line.id]
    offerings = {other.offering.id for other in (all_held if held.offering.bundles else near)}
    stays = {other.package.id for other in all_held}
    if case.offering and any(one.package.id not in stays for one in case.going):
        offerings.add(case.offering.id)
    needs = held.offering
    return (not needs.requires or bool(offerings & set(needs.requires))) and offerings >= set(needs.bundles)
