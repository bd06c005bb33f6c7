"""Where do the BSS and the recomputation disagree?"""

from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.account import Account, Use
from tests.oracle.billing import DAY, adjustments, month_charges, parse_rate, subject_totals
from tests.oracle.catalogue import Catalogue
from tests.oracle.credit import given_back
from tests.oracle.mismatch import Mismatch
from tests.oracle.month import BillingMonth, month_of, parse_instant
from tests.oracle.paper import compare_papers
from tests.oracle.rating import Pot, PotKey, RatedMonth, Verdict, rate_account
from tests.oracle.wire import Wire


def compare_account(account: Account, catalogue: Catalogue) -> list[Mismatch]:
    """Every disagreement over uses, allowances, bills, payments and what is owed."""
    rated = rate_account(account, catalogue)
    names: dict[str, PotKey] = {}
    return [
        *(found for month in rated.values() for found in compare_uses(month, names)),
        *(found for bill in account.bills for found in compare_bill(account, bill, rated, catalogue)),
        *compare_bill(account, account.running, rated, catalogue),
        *(found for bill in account.bills for found in compare_payments(account, bill)),
        *compare_papers(account),
        *compare_debt(account),
        *compare_allowances(account, rated[month_of(account.now)], names),
    ]


def compare_uses(month: RatedMonth, names: dict[str, PotKey]) -> Iterator[Mismatch]:
    """Each use's fee, and what it took from where; ``names`` learns which bucket id stands for which allowance."""
    for verdict in month.verdicts:
        use = verdict.use
        if use.charged != verdict.fee:
            yield Mismatch(f"fee of use {use.id}", verdict.fee, use.charged)
        tariff = verdict.price.id if verdict.price else "included" if verdict.taken else "free"
        if use.tariff != tariff:
            yield Mismatch(f"tariff of use {use.id}", tariff, use.tariff)
        if tuple(amount for _, amount in use.taken) != tuple(amount for _, amount in verdict.taken):
            yield Mismatch(f"consumption of use {use.id}", verdict.taken, use.taken)
        else:
            yield from _compare_names(use, verdict, names)


def _compare_names(use: Use, verdict: Verdict, names: dict[str, PotKey]) -> Iterator[Mismatch]:
    """A bucket id stands for one allowance, and an allowance has one id."""
    for (bucket_id, _), (key, _) in zip(use.taken, verdict.taken, strict=True):
        known = names.setdefault(bucket_id, key)
        others = [other for other, of in names.items() if of == key and other != bucket_id]
        if known != key or others:
            yield Mismatch(f"bucket of use {use.id}", key, (bucket_id, known, others))


def compare_bill(
    account: Account, bill: Wire, rated: dict[BillingMonth, RatedMonth], catalogue: Catalogue
) -> Iterator[Mismatch]:
    """The bill's period, each rated line, each subject and the total."""
    where = f"bill {bill['id']}"
    start, end = (parse_instant(bill["billingPeriod"][name]) for name in ("startDateTime", "endDateTime"))
    month = month_of(start)
    if (start, end) != (month.start, month.end):
        yield Mismatch(f"{where} period", (month.start, month.end), (start, end))
    rates = account.rates[bill["id"]]
    due = month_charges(account, rated[month], catalogue) + adjustments(rates)
    said = [parse_rate(rate) for rate in rates]
    if sorted(due, key=repr) != sorted(said, key=repr):
        yield Mismatch(f"{where} lines", sorted(set(due) - set(said), key=repr), sorted(set(said) - set(due), key=repr))
    totals = subject_totals(due)
    if totals != subject_totals(said):
        yield Mismatch(f"{where} subjects", totals, subject_totals(said))
    if sum(totals.values()) != bill["amountDue"]["value"]:
        yield Mismatch(f"{where} total", sum(totals.values()), bill["amountDue"]["value"])


def compare_payments(account: Account, bill: Wire) -> Iterator[Mismatch]:
    """What was paid, given back and remains make the total, and the state says which; payments come after the issue."""
    paid = sum((Decimal(item["appliedAmount"]["value"]) for item in bill["appliedPayment"]), Decimal(0))
    paid += given_back(account, bill)
    total, remaining = bill["amountDue"]["value"], bill["remainingAmount"]["value"]
    if total - paid != remaining:
        yield Mismatch(f"bill {bill['id']} remaining", total - paid, remaining)
    state = "settled" if remaining == 0 else "partiallyPaid" if paid else "sent"
    if bill["state"] != state:
        yield Mismatch(f"bill {bill['id']} state", state, bill["state"])
    if min((item["appliedAmount"]["value"] for item in bill["appliedPayment"]), default=1) <= 0:
        yield Mismatch(f"bill {bill['id']} payment", "more than nothing", bill["appliedPayment"])
    instants = [parse_instant(item["payment"]["name"]) for item in bill["appliedPayment"]]
    if instants != sorted(instants) or any(at < parse_instant(bill["billDate"]) for at in instants):
        yield Mismatch(f"bill {bill['id']} payment", "in order of time, after the issue", instants)


def compare_debt(account: Account) -> Iterator[Mismatch]:
    """The receivable is what issued bills leave open, due when the oldest of them is; past due once that is over."""
    left_open = [bill for bill in account.bills if bill["remainingAmount"]["value"] > 0]
    owed = sum((Decimal(bill["remainingAmount"]["value"]) for bill in left_open), Decimal(0))
    balances = [item for item in account.account.get("accountBalance", ()) if item["balanceType"] == "receivable"]
    said = sum((Decimal(item["amount"]["value"]) for item in balances), Decimal(0))
    if said != owed:
        yield Mismatch(f"receivable of {account.account['id']}", owed, said)
    if left_open:
        due = min(parse_instant(bill["paymentDueDate"]) for bill in left_open)
        if parse_instant(balances[0]["validFor"]["endDateTime"]) != due:
            yield Mismatch(f"due date of {account.account['id']}", due, balances[0]["validFor"])
    late = any(parse_instant(bill["paymentDueDate"]) + DAY <= account.now for bill in left_open)
    if (account.account["paymentStatus"] == "pastDue") != late:
        yield Mismatch(f"payment status of {account.account['id']}", late, account.account["paymentStatus"])


def compare_allowances(account: Account, running: RatedMonth, names: dict[str, PotKey]) -> Iterator[Mismatch]:
    """Each line's counters of the running month: all its allowances, in the order of consumption."""
    for line in account.lines:
        consumption = account.consumption[line.id]
        open_now = (pot for pot in running.pots if pot.serves(line) and pot.package.held_at(account.now))
        due = sorted(open_now, key=lambda pot: pot.rank)
        said = consumption["bucketRefOrValue"]
        by_key = {_key_of(bucket, running, names, due): bucket for bucket in said}
        if set(by_key) != {pot.key for pot in due} or len(said) != len(due):
            yield Mismatch(f"allowances of {line.number}", [pot.key for pot in due], [b["id"] for b in said])
            continue
        for pot in due:
            yield from _compare_counters(line.id, pot, by_key[pot.key])


def _key_of(bucket: Wire, running: RatedMonth, names: dict[str, PotKey], due: list[Pot]) -> PotKey | None:
    """Which allowance a bucket is, by its package, type, scope and origin; its id must not stand for another."""
    scope, _, origin = bucket["remainingValueName"].partition(":")
    fitting = [
        pot.key
        for pot in due
        if pot.key.package_id == bucket["product"][0]["id"]
        and pot.key.kind == bucket["usageType"]
        and scope == ("dedicated" if pot.key.app else "general")
        and origin == _origin(pot)
    ]
    known = names.get(bucket["id"])
    return fitting[0] if len(fitting) == 1 and known in (None, fitting[0]) else None


def _origin(pot: Pot) -> str:
    if pot.key.rolled_over:
        return "rolledOver"
    return "gift" if pot.is_gift else "plan" if pot.from_plan else "addOn"


def _compare_counters(line_id: str, pot: Pot, bucket: Wire) -> Iterator[Mismatch]:
    where = f"bucket {bucket['id']} as {line_id} sees it"
    said = {(c["valueName"], c.get("user", {}).get("id")): c["value"]["amount"] for c in bucket["bucketCounter"]}
    due: dict[tuple[str, str | None], int | None] = {
        ("used", None): pot.used,
        ("total", None): pot.total,
        ("throttleAfter", None): pot.allowance.throttle_after if not pot.key.rolled_over else None,
        ("used", line_id): pot.drawn.get(line_id, 0),
    }
    for counter, amount in due.items():
        if said.get(counter) != amount:
            yield Mismatch(f"{where}: {counter}", amount, said.get(counter))
    users = {user: amount for (name, user), amount in said.items() if name == "used" and user}
    if sum(users.values()) != pot.used:
        yield Mismatch(f"{where}: used by all", pot.used, users)
    if bucket.get("remainingValue", {}).get("amount") != pot.left:
        yield Mismatch(f"{where}: remaining", pot.left, bucket.get("remainingValue"))
    throttled = pot.allowance.throttle_after is not None and pot.used >= pot.allowance.throttle_after
    if bucket["status"] != ("suspended" if throttled else "active"):
        yield Mismatch(f"{where}: throttled", throttled, bucket["status"])
    if bucket["isShared"] != pot.allowance.shared:
        yield Mismatch(f"{where}: shared", pot.allowance.shared, bucket["isShared"])
