"""How does Alipay (支付宝, open platform gateway, RSA2) collect money for us, and what does it say of it?

QR is precreate (当面付), PAGE is wap.pay (a phone's browser), APP is app.pay. A page's or an app's payment exists there
only after the payer opened it; its link says when it dies.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import httpx

from bss_adapters.payment.alipay_signature import AlipayKeys, BadSignature, parse_beijing_time
from bss_adapters.payment.alipay_statement import parse_statement
from bss_adapters.payment.alipay_talk import AlipayTalk, Refusal
from bss_adapters.payment.amount import CURRENCY, render_yuan
from bss_adapters.payment.answer import Answer, BadAnswer, believed
from bss_adapters.payment.exchange import Exchange
from bss_adapters.payment.published import demand_published
from bss_adapters.tmf.wire import BUSINESS_ZONE
from graphql_schema.payment_ports import (
    NoticeAnswer,
    NoticeRefused,
    Opening,
    PaidState,
    PaymentFault,
    PaymentNotice,
    PaymentWish,
    ProviderPayment,
    ProviderRefund,
    RefundState,
    StatementRow,
)
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import PayWay, RechargeSource

GATEWAY = "https://openapi.alipay.com/gateway.do"
STATEMENT_HOSTS = frozenset({"alipay.com", "alipaydev.com"})
"""Below which names Alipay keeps its statements (``dwbillcenter.…``); one that is named elsewhere is not fetched."""
_TRADE_STATES = {
    "WAIT_BUYER_PAY": PaidState.OPEN,
    "TRADE_SUCCESS": PaidState.PAID,
    "TRADE_FINISHED": PaidState.PAID,
    "TRADE_CLOSED": PaidState.CLOSED,
}
_UNHEARD_OF = "ACQ.TRADE_NOT_EXIST"
_NOT_OPEN = frozenset(
    {"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE", "ACQ.CONTEXT_INCONSISTENT", "ACQ.TRADE_STATUS_ERROR"}
    | {"ACQ.REASON_TRADE_STATUS_INVALID", "ACQ.REASON_ILLEGAL_STATUS"}
)


class Alipay:
    """Alipay: payments, refunds, statements and notices. ``gateway`` and ``statement_hosts`` are its own but in a test.

    ``seller_id`` (2088…) is compared in callbacks where it is given. Belongs to the event loop that first uses it.
    """

    source = RechargeSource.ALIPAY
    ways: tuple[PayWay, ...] = (PayWay.QR, PayWay.PAGE, PayWay.APP)

    def __init__(  # noqa: PLR0913  settings arrive as arguments
        self,
        keys: AlipayKeys,
        *,
        seller_id: str = "",
        gateway: str = GATEWAY,
        statement_hosts: frozenset[str] = STATEMENT_HOSTS,
        transport: httpx.AsyncBaseTransport | None = None,
        budget_seconds: float = 8.0,
    ) -> None:
        self._keys, self._seller_id, self._statement_hosts = keys, seller_id, statement_hosts
        self._talk = AlipayTalk(keys, gateway, Exchange(budget_seconds=budget_seconds, transport=transport))

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._talk.aclose()

    async def open(self, wish: PaymentWish) -> Opening:
        """alipay.trade.precreate; or a signed address (wap.pay) or order (app.pay), for which nothing is asked."""
        content = _render_wish(wish)
        if wish.way is PayWay.PAGE:
            page = {"product_code": "QUICK_WAP_WAY", "quit_url": wish.return_url}
            links = {"notify_url": wish.notify_url, "return_url": wish.return_url}
            return Opening(page=self._talk.make_link("alipay.trade.wap.pay", content | page, **links))
        if wish.way is PayWay.APP:
            app = {"product_code": "QUICK_MSECURITY_PAY"}
            order = self._talk.make_order("alipay.trade.app.pay", content | app, notify_url=wish.notify_url)
            return Opening(app={"orderString": order})
        try:
            answer = await self._talk.say("alipay.trade.precreate", content, changes=True, notify_url=wish.notify_url)
        except Refusal as refusal:  # where it is not open any more it may be paid: it is asked about
            raise PaymentFault("refused", outcome_unknown=refusal.code in _NOT_OPEN) from None
        with believed(changes=True):
            _compare(answer, wish.reference)
            return Opening(qr=answer.text("qr_code"))

    async def fetch(self, reference: str) -> ProviderPayment:
        """alipay.trade.query."""
        try:
            answer = await self._talk.say("alipay.trade.query", {"out_trade_no": reference}, changes=False)
        except Refusal as refusal:
            if refusal.code == _UNHEARD_OF:
                return ProviderPayment(reference, PaidState.UNKNOWN)
            raise PaymentFault("refused", outcome_unknown=False) from None
        with believed(changes=False):
            return _parse_payment(answer, reference)

    async def close(self, reference: str) -> ProviderPayment:
        """alipay.trade.close, and then the payment as it is: it says nothing itself."""
        try:
            await self._talk.say("alipay.trade.close", {"out_trade_no": reference}, changes=True)
        except Refusal as refusal:
            if refusal.code not in _NOT_OPEN | {_UNHEARD_OF}:
                raise PaymentFault("refused", outcome_unknown=False) from None
        return await self.fetch(reference)

    async def refund(
        self, reference: str, refund_reference: str, *, amount: Money, total: Money, notify_url: str
    ) -> ProviderRefund:
        """alipay.trade.refund, and then the refund as it is: its answer names only the sum of all refunds. Alipay knows
        the total and tells the payment's own address."""
        content = {"out_trade_no": reference, "out_request_no": refund_reference, "refund_amount": render_yuan(amount)}
        try:
            answer = await self._talk.say("alipay.trade.refund", content, changes=True)
        except Refusal:
            raise PaymentFault("refused", outcome_unknown=False) from None
        with believed(changes=True):
            _compare(answer, reference)
        found = await self.fetch_refund(reference, refund_reference)
        if found.state is RefundState.UNKNOWN:
            return ProviderRefund(refund_reference, RefundState.WORKING, amount)
        return found

    async def fetch_refund(self, reference: str, refund_reference: str) -> ProviderRefund:
        """alipay.trade.fastpay.refund.query: one that did not succeed looks like one that was never asked for, and
        asking for it again with its reference is what Alipay wants then."""
        content = {"out_trade_no": reference, "out_request_no": refund_reference, "query_options": ["gmt_refund_pay"]}
        try:
            answer = await self._talk.say("alipay.trade.fastpay.refund.query", content, changes=False)
        except Refusal as refusal:
            if refusal.code == _UNHEARD_OF:
                return ProviderRefund(refund_reference, RefundState.UNKNOWN)
            raise PaymentFault("refused", outcome_unknown=False) from None
        with believed(changes=False):
            return _parse_refund(answer, reference, refund_reference)

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> PaymentNotice:
        """Verifies a callback; ``at`` is when this telling of it was sent. A refund's names the sum of all refunds,
        so its ``amount`` is None."""
        try:
            said = self._keys.read_form(body, now=now)
            if said.text("app_id") != self._keys.app_id:
                raise BadAnswer("app_id is another one")
            if self._seller_id and said.text("seller_id") != self._seller_id:
                raise BadAnswer("seller_id is another one")
            is_refund = said.maybe_text("gmt_refund") is not None
            amount = None if is_refund else said.yuan("total_amount", said.maybe_text("trans_currency") or CURRENCY)
            at = parse_beijing_time(said.text("notify_time"))
            kind = "refund" if is_refund else "payment"
            return PaymentNotice(said.text("notify_id"), said.text("out_trade_no"), kind, amount, at)
        except BadSignature as error:
            raise NoticeRefused("too_old" if error.too_old else "bad_signature") from None
        except BadAnswer:
            raise NoticeRefused("garbled") from None

    def answer_notice(self, *, taken: bool) -> NoticeAnswer:
        """The seven letters end its telling; any others let it go on."""
        return NoticeAnswer(httpx.codes.OK, b"success" if taken else b"failure", "text/plain")

    async def fetch_statement(self, day: date) -> Sequence[StatementRow]:
        """alipay.data.dataservice.bill.downloadurl.query, then the archive at the address that it names."""
        content = {"bill_type": "trade", "bill_date": day.isoformat()}
        try:
            answer = await self._talk.say("alipay.data.dataservice.bill.downloadurl.query", content, changes=False)
        except Refusal as refusal:
            demand_published(day, now=datetime.now(UTC))
            if refusal.code == "isp.bill_not_exist":
                return []
            raise PaymentFault("refused", outcome_unknown=False) from None
        with believed(changes=False):
            url = answer.text("bill_download_url")
            if not _is_below(urlsplit(url).hostname or "", self._statement_hosts):
                raise BadAnswer("it leads to another house")
            return parse_statement(await self._talk.download(url))


def _is_below(host: str, names: frozenset[str]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def _render_wish(wish: PaymentWish) -> dict[str, str]:
    if wish.amount.currency != CURRENCY:
        raise PaymentFault("refused", outcome_unknown=False)
    return {
        "out_trade_no": wish.reference,
        "total_amount": render_yuan(wish.amount),
        "subject": wish.subject,
        "time_expire": wish.expires_at.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
    }


def _compare(answer: Answer, reference: str) -> None:
    """An answer that was signed for another question is no answer to this one."""
    if answer.text("out_trade_no") != reference:
        raise BadAnswer("it is another payment")


def _parse_payment(answer: Answer, reference: str) -> ProviderPayment:
    _compare(answer, reference)
    state, paid_at = answer.one_of("trade_status", _TRADE_STATES), answer.maybe_text("send_pay_date")
    if state is PaidState.CLOSED and paid_at:
        state = PaidState.PAID  # paid, and all of it was given back
    amount = answer.yuan("total_amount", answer.maybe_text("trans_currency") or CURRENCY)
    return ProviderPayment(
        reference, state, amount, answer.text("trade_no"), parse_beijing_time(paid_at) if paid_at else None
    )


def _parse_refund(answer: Answer, reference: str, refund_reference: str) -> ProviderRefund:
    if answer.maybe_text("refund_status") != "REFUND_SUCCESS":
        return ProviderRefund(refund_reference, RefundState.UNKNOWN)
    _compare(answer, reference)
    if answer.text("out_request_no") != refund_reference:
        raise BadAnswer("it is another refund")
    done_at = answer.maybe_text("gmt_refund_pay")
    given = answer.yuan("refund_amount", CURRENCY)
    return ProviderRefund(refund_reference, RefundState.DONE, given, parse_beijing_time(done_at) if done_at else None)
