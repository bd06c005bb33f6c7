"""Does every function that has a durable effect pass a boundary, or is it said here why not?

``test_boundaries`` sees the boundaries that the code names; this one sees the effects, so that a new one without a
boundary is missed by somebody.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphql_schema.order_ports import OrderSystem
from graphql_schema.payment_ports import AgreementProvider, MoneySystem, PaymentProvider
from tests.crash.test_boundaries import CROSS

ROOM = Path(__file__).parents[2] / "ordering"
TRANSACTIONS = frozenset({"transaction", "_transaction"})
READS = ("fetch", "find", "read", "answer_notice", "_")
ASKED = frozenset({"money", "_orders", "provider", "_provider_of(row)", "_agreements_of(row)"})
"""How the room calls whom it asks: the last word before the call."""

WRITES = frozenset(
    name
    for port in (OrderSystem, MoneySystem, PaymentProvider, AgreementProvider)
    for name, member in vars(port).items()
    if callable(member) and not name.startswith(READS)
)
"""The calls that change something at the operator or a provider."""

BY_CALLER = {
    "changes/cancelling.py:ask": "changes/desk.py:cancel",
    "changes/cancelling.py:_end": "changes/cancelling.py:carry_out",
    "changes/confirming.py:_keep_yes": "changes/confirming.py:confirm",
    "changes/intent.py:claim": "changes/work.py:_take",
    "changes/placing.py:send": "changes/confirming.py:_place",
    "changes/placing.py:keep": "changes/confirming.py:_place",
    "changes/placing.py:keep_order": "changes/resolving.py:_keep_found",
    "money/auto_work.py:_begin": "money/auto_work.py:_look",
    "money/credits.py:_intend": "money/credits.py:credit",
    "money/credits.py:_find_or_top_up": "money/credits.py:credit",
    "money/notices.py:_note": "money/notices.py:take",
    "money/reconciliation.py:_conclude": "money/reconciliation.py:_reconcile",
    "money/reconciliation.py:_write_found": "money/reconciliation.py:_reconcile",
    "money/refund_rows.py:pass_refund": "money/refunds.py:_give",
    "money/refunds.py:_find_or_take": "money/refunds.py:_take_back",
    "money/refunds.py:_find_or_give": "money/refunds.py:_give",
    "money/transfers.py:_intend": "money/transfers.py:transfer",
    "money/vouchers.py:_intend": "money/vouchers.py:begin",
    "money/vouchers.py:_find_or_redeem": "money/vouchers.py:redeem",
}
"""A function that has an effect and nothing else to do after it → the one that calls it, and passes a boundary then."""

A_LEASE = "it says when a row is looked at again: nothing follows, and whoever dies here leaves a lease that ends"
THE_LAST = "the last effect of its deed: what follows is the keeping of the answer, before which `deed.done` is passed"
A_COUNT = "it forgets what is counted no more: nothing follows, and the next run forgets what is left"
EXCUSED = {
    "changes/cancelling.py:rest": A_LEASE,
    "changes/telling.py:_put_off": A_LEASE,
    "changes/work.py:_put_off": A_LEASE,
    "changes/work.py:_resolve": "an order that nobody tells of any more is looked at no more: nothing follows",
    "changes/work.py:hasten": A_LEASE,
    "money/auto_work.py:_keep": A_LEASE,
    "money/auto_work.py:_mark_above": "a mark that the balance was high again: whoever dies here sees it again",
    "money/auto_work.py:forget_months": A_COUNT,
    "money/auto_work.py:note_low": A_LEASE,
    "money/mending.py:_claim": A_LEASE,
    "money/mending.py:_wake_refund": A_LEASE,
    "money/payments.py:_pass": THE_LAST,
    "money/reconciliation.py:_claim": A_LEASE,
    "money/rows.py:claim": A_LEASE,
    "money/rows.py:free": A_LEASE,
    "money/transfers.py:forget_days": A_COUNT,
    "money/vouchers.py:_refuse": THE_LAST,
    "promises.py:keep": THE_LAST,
}


@dataclass(frozen=True)
class Function:
    """One function of the room: what it calls, and what of it changes something elsewhere."""

    name: str
    calls: frozenset[str]
    writes: frozenset[str]

    @property
    def has_effect(self) -> bool:
        return bool(self.writes or self.calls & TRANSACTIONS)

    @property
    def crosses(self) -> bool:
        return bool(self.calls & CROSS)


def read_functions() -> Iterator[Function]:
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                called = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
                names = frozenset(name_of(each) for each in called)
                writes = frozenset(name_of(each) for each in called if is_write(each))
                yield Function(f"{path.relative_to(ROOM).as_posix()}:{node.name}", names, writes)


def name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def is_write(called: ast.expr) -> bool:
    asked = ast.unparse(called.value).rpartition(".")[2] if isinstance(called, ast.Attribute) else ""
    return name_of(called) in WRITES and asked in ASKED


FUNCTIONS = {each.name: each for each in read_functions()}
EFFECTS = sorted(each.name for each in FUNCTIONS.values() if each.has_effect)


@pytest.mark.parametrize("name", EFFECTS)
def test_whoever_has_an_effect_passes_a_boundary(name: str) -> None:
    excused = (name in BY_CALLER) + (name in EXCUSED)
    assert FUNCTIONS[name].crosses + excused == 1, "let it pass a boundary, or say here why not: one of both"


@pytest.mark.parametrize(("name", "caller"), BY_CALLER.items())
def test_whoever_is_said_to_pass_it_for_another_does(name: str, caller: str) -> None:
    assert name in EFFECTS
    assert name.rpartition(":")[2] in FUNCTIONS[caller].calls
    assert FUNCTIONS[caller].crosses


def test_nobody_is_excused_who_has_no_effect() -> None:
    assert set(EXCUSED) <= set(EFFECTS)


def test_every_call_that_changes_something_is_known_and_seen() -> None:
    orders, money = ("place", "cancel"), ("top_up", "redeem_voucher", "take_back", "transfer")
    known = {*orders, *money, "open", "close", "refund", "charge", "begin_agreement", "end_agreement"}
    assert known == WRITES
    assert known == {name for each in FUNCTIONS.values() for name in each.writes}


def test_no_function_with_an_effect_hides_behind_another_of_its_name() -> None:
    assert len(EFFECTS) == sum(each.has_effect for each in read_functions())
