"""Which states stand for a kind of page? Each is judged in every way that a person may look at it."""

from collections.abc import Sequence

from tests.channels.web_hall.state import State

PAGES = (
    "welcome", "sign-in", "sign-in-wrong", "sign-in-code-sent", "home-ordinary", "home-partial", "bills", "bill",
    "usage", "inbox", "settings", "refused-unknown", "step-up", "forgotten-weak", "security", "lines", "link-code-sent",
    "bills-kinds", "bill-disputed", "bill-causes", "dispute", "dispute-check", "invoice", "share-made", "usage-voice",
    "brake", "promises", "records", "records-found", "record-export", "record-exports", "record-switch",
    "packages", "catalogue", "offering-endless", "compare", "advice", "change-plan", "change-start",
    "change-impossible", "prepared", "orders", "order", "order-partial", "order-cancel", "services", "puk",
    "new-line", "settings-resting",
    "recharge", "recharge-amount", "recharge-check", "pay-page", "pay-scan", "pay-credited", "voucher",
    "voucher-visitor", "voucher-unknown", "recharges", "balance", "auto-none", "auto-signing", "auto-check", "transfer",
    "transfer-check",
    "points", "points-month", "points-transfer", "points-transfer-few", "points-transfer-done", "rewards",
    "rewards-elsewhere", "reward-goods", "reward-no-address", "reward-check-goods", "reward-kept",
    "redemptions", "redemption-voucher", "redemption-sent", "promotions", "grants", "grant", "grant-choosing",
    "recharge-reached", "recharge-check-all", "invite", "invited",
    "assistance", "assistance-grant", "privacy", "erasure", "check-genuine", "authorize", "home-helper",
)  # fmt: skip
"""The other states differ from one of these in what is said, not in how the page is built."""
ONE_IN = 3


def choose(states: Sequence[State], *, whole: bool) -> list[State]:
    """What is looked at: every state that stands for its kind, and every third of the others, unless the whole."""
    others = [state.name for state in states if state.name not in PAGES]
    chosen = {*PAGES, *(others if whole else others[::ONE_IN])}
    return [state for state in states if state.name in chosen]
