"""What happens when money is put into an account, taken out or given to another?"""

from sandbox.bss.money_book import CardUsedError, MoneyDeed
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.voucher import Voucher, vouchers
from sandbox.bss.world import World


class MoneyRefusedError(Exception):
    """The operator does not do this; ``code`` says why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def put_in(world: World, asked: MoneyDeed) -> MoneyDeed:
    """The amount is the account's own, and pays what is past due first. Raises MoneyRefusedError ``accountClosed``."""
    return _credit(world, asked)


def redeem(world: World, asked: MoneyDeed, card: str) -> MoneyDeed:
    """The card's value is the account's own, once. Raises MoneyRefusedError: ``accountClosed``, ``voucherUnknown``,
    ``voucherUsed``, ``voucherExpired``, ``voucherOfOther``."""
    portfolio = open_account(world, asked.account_id, "accountClosed")
    voucher = _good_voucher(world, portfolio, card)
    try:
        return _credit(world, asked, amount_li=voucher.amount_li, card=card)
    except CardUsedError:
        raise MoneyRefusedError("voucherUsed", "This card was used.") from None


def take_back(world: World, asked: MoneyDeed) -> MoneyDeed:
    """Own money goes out again, as far as it is there. Raises MoneyRefusedError ``insufficient``."""
    _check_enough(world, world.portfolio_of(asked.account_id), -asked.amount_li)
    return world.store.money.add(asked)


def give(world: World, asked: MoneyDeed) -> MoneyDeed:
    """Own money goes to another account. Raises MoneyRefusedError: ``insufficient``, ``notAllowed``."""
    if asked.receiver_id == asked.account_id:
        raise MoneyRefusedError("notAllowed", "An account can't give money to itself.")
    giver = open_account(world, asked.account_id, "notAllowed")
    open_account(world, asked.receiver_id, "notAllowed")
    _check_enough(world, giver, asked.amount_li)
    return world.store.money.add(asked)


def spendable_li(world: World, portfolio: Portfolio) -> int:
    """Own money that nothing past due waits for."""
    now_ms = world.clock.now_ms()
    books = world.books(portfolio, now_ms)
    return max(0, books.own_li - books.past_due_li(now_ms))


def _credit(world: World, asked: MoneyDeed, *, amount_li: int | None = None, card: str | None = None) -> MoneyDeed:
    portfolio = open_account(world, asked.account_id, "accountClosed")
    put_li = asked.amount_li if amount_li is None else amount_li
    return world.store.money.add(
        MoneyDeed(
            0,
            asked.kind,
            asked.account_id,
            asked.at_ms,
            put_li,
            asked.key,
            asked.request,
            arrears_li=_arrears_li(world, portfolio, asked.at_ms, put_li),
            card=card,
        )
    )


def _arrears_li(world: World, portfolio: Portfolio, at_ms: int, put_li: int) -> int:
    """How much of what is put in goes to what is owed: late bills, or what a prepaid account is short of."""
    books = world.books(portfolio, at_ms)
    short_li = books.past_due_li(at_ms) if portfolio.account.kind == "postpaid" else -books.own_li
    return min(put_li, max(0, short_li))


def open_account(world: World, account_id: str, code: str) -> Portfolio:
    """Whose account it is. Raises MoneyRefusedError with the code where its last line has ended."""
    portfolio, now_ms = world.portfolio_of(account_id), world.clock.now_ms()
    if all(line.is_ended(now_ms) for line in portfolio.lines):
        raise MoneyRefusedError(code, f"The account {account_id} is closed.")
    return portfolio


def _good_voucher(world: World, portfolio: Portfolio, card: str) -> Voucher:
    voucher, now_ms = vouchers(world.seed, world.born_ms).get(card), world.clock.now_ms()
    if voucher is None:
        raise MoneyRefusedError("voucherUnknown", "There is no such card.")
    state = voucher.state(now_ms, is_used=world.store.money.find_by_card(card) is not None)
    if state == "used":
        raise MoneyRefusedError("voucherUsed", "This card was used.")
    if state == "expired":
        raise MoneyRefusedError("voucherExpired", "This card has expired.")
    numbers = {line.number for line in portfolio.lines if not line.is_ended(now_ms)}
    if voucher.number is not None and voucher.number not in numbers:
        raise MoneyRefusedError("voucherOfOther", "This card is good for another number.")
    return voucher


def _check_enough(world: World, portfolio: Portfolio, wanted_li: int) -> None:
    if spendable_li(world, portfolio) < wanted_li:
        raise MoneyRefusedError("insufficient", "The account has not that much money of its own.")
