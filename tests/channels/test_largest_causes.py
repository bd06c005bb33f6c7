"""Are the causes that are told the largest, and do they add up with the rest to what is shown?"""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from channels.largest_causes import choose_causes

KINDS = st.sampled_from(["NEW_PACKAGE", "ROAMING", "OUT_OF_BUCKET", "LATE_FEE", "OTHER"])
AMOUNTS = st.decimals(min_value=-500, max_value=500, places=3)


def money(amount: Decimal) -> dict[str, str]:
    return {"amount": str(amount), "currency": "CNY"}


def cause(kind: str, amount: Decimal, *days: str, places: tuple[str, ...] = ()) -> dict[str, Any]:
    span = {"days": list(days), "firstDay": days[0] if days else None, "lastDay": days[-1] if days else None}
    return {"kind": kind, "amount": money(amount), "maskedNumber": None, "places": list(places), **span}


@st.composite
def differences(draw: st.DrawFn) -> dict[str, Any]:
    subjects = draw(st.lists(st.lists(st.tuples(KINDS, AMOUNTS), max_size=4), max_size=4))
    told = [
        {"code": f"S{order}", "causes": [cause(kind, amount) for kind, amount in causes]}
        for order, causes in enumerate(subjects)
    ]
    whole = sum((amount for causes in subjects for _, amount in causes), Decimal(0))
    return {"difference": money(whole), "subjects": told}


@given(differences(), st.integers(0, 4))
def test_what_is_told_and_the_rest_add_up_to_what_is_shown(difference: dict[str, Any], most: int) -> None:
    chosen = choose_causes(difference, most)
    assert len(chosen.causes) <= most
    shown = [Decimal(cause["amount"]["amount"]) for cause in chosen.causes]
    whole = Decimal(difference["difference"]["amount"])
    assert abs(sum(shown, Decimal(chosen.rest["amount"])) - whole) <= Decimal("0.005")
    assert all(amount == amount.quantize(Decimal("0.01")) and amount for amount in shown)
    assert shown == sorted(shown, key=lambda amount: -abs(amount))


@given(differences())
def test_nothing_larger_is_left_out(difference: dict[str, Any]) -> None:
    two, all_of_them = choose_causes(difference, 2), choose_causes(difference, 99)
    assert two.causes == all_of_them.causes[:2]
    assert all(cause["kind"] != "OTHER" for cause in all_of_them.causes)


def test_a_cause_keeps_the_subject_that_it_belongs_to() -> None:
    roaming = cause("ROAMING", Decimal("3.125"), "2026-10-03")
    difference = {"difference": money(Decimal("3.125")), "subjects": [{"code": "VOICE", "causes": [roaming]}]}
    chosen = choose_causes(difference, 2)
    assert chosen.causes == ({**roaming, "subject": "VOICE", "amount": money(Decimal("3.13"))},)
    assert chosen.rest == money(Decimal("0.00"))


def test_use_at_several_tariffs_is_told_as_one_with_all_its_days_and_places() -> None:
    causes = [
        cause("ROAMING", Decimal("26.40"), "2026-10-05", places=("日本",)),
        cause("ROAMING", Decimal("1.005"), "2026-10-03", "2026-10-05", places=("日本", "韩国")),
        cause("NEW_PACKAGE", Decimal("9.00")),
        cause("NEW_PACKAGE", Decimal("9.00")),
    ]
    whole = sum((Decimal(each["amount"]["amount"]) for each in causes), Decimal(0))
    chosen = choose_causes({"difference": money(whole), "subjects": [{"code": "VOICE", "causes": causes}]}, 3)
    joined, first, second = chosen.causes
    assert joined["amount"] == money(Decimal("27.41"))
    assert (joined["firstDay"], joined["lastDay"], joined["days"]) == (
        "2026-10-03",
        "2026-10-05",
        ["2026-10-03", "2026-10-05"],
    )
    assert joined["places"] == ["日本", "韩国"]
    assert first["kind"] == second["kind"] == "NEW_PACKAGE"
