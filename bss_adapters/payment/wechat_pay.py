"""How does WeChat Pay (微信支付, API v3, direct merchants) collect money for us, and what does it say of it?

QR is Native (扫码), PAGE is H5 (a phone's browser outside WeChat), APP is the app's SDK.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha1
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from bss_adapters.payment.amount import CURRENCY, render_fen
from bss_adapters.payment.answer import Answer, BadAnswer, believed
from bss_adapters.payment.exchange import Exchange
from bss_adapters.payment.published import demand_published
from bss_adapters.payment.wechat_pay_signature import BadSignature, WeChatPayKeys
from bss_adapters.payment.wechat_pay_statement import parse_statement
from bss_adapters.payment.wechat_pay_talk import Refusal, WeChatPayTalk
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

BASE_URL = "https://api.mch.weixin.qq.com"
_TRADE_STATES = {
    "SUCCESS": PaidState.PAID,
    "REFUND": PaidState.PAID,  # paid, and something of it was given back
    "NOTPAY": PaidState.OPEN,
    "USERPAYING": PaidState.OPEN,
    "ACCEPT": PaidState.OPEN,
    "CLOSED": PaidState.CLOSED,
    "REVOKED": PaidState.CLOSED,
    "PAYERROR": PaidState.REFUSED,
}
_REFUND_STATES = {
    "SUCCESS": RefundState.DONE,
    "PROCESSING": RefundState.WORKING,
    "ABNORMAL": RefundState.WORKING,  # the payer's card is gone: a person ends it at the merchant platform
    "CLOSED": RefundState.REFUSED,
}
_UNHEARD_OF = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"})
_NOT_OPEN = frozenset({"ORDER_PAID", "ORDERPAID", "ORDER_CLOSED", "ORDERCLOSED", "OUT_TRADE_NO_USED"})
_NO_STATEMENT = frozenset({"NO_STATEMENT_EXIST", "STATEMENT_NOT_EXIST"})


class WeChatPay:
    """WeChat Pay: payments, refunds, statements and notices. ``base_url`` is its own but in a test.

    Belongs to the event loop that first uses it.
    """

    source = RechargeSource.WECHAT_PAY
    ways: tuple[PayWay, ...] = (PayWay.QR, PayWay.PAGE, PayWay.APP)

    def __init__(
        self,
        keys: WeChatPayKeys,
        *,
        app_id: str,
        base_url: str = BASE_URL,
        transport: httpx.AsyncBaseTransport | None = None,
        budget_seconds: float = 8.0,
    ) -> None:
        self._keys, self._app_id = keys, app_id
        self._talk = WeChatPayTalk(keys, base_url, Exchange(budget_seconds=budget_seconds, transport=transport))

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._talk.aclose()

    async def open(self, wish: PaymentWish) -> Opening:
        """POST /v3/pay/transactions/{native, h5, app}."""
        kind = {PayWay.QR: "native", PayWay.PAGE: "h5", PayWay.APP: "app"}[wish.way]
        try:
            answer = await self._talk.change(f"/v3/pay/transactions/{kind}", self._render_wish(wish))
        except Refusal as refusal:  # where it is not open any more it may be paid: it is asked about
            raise PaymentFault("refused", outcome_unknown=refusal.code in _NOT_OPEN) from None
        with believed(changes=True):
            if wish.way is PayWay.QR:
                return Opening(qr=answer.text("code_url"))
            if wish.way is PayWay.PAGE:
                return Opening(page=f"{answer.text('h5_url')}&redirect_url={quote(wish.return_url, safe='')}")
            return Opening(app=self._keys.sign_app(self._app_id, answer.text("prepay_id"), now=datetime.now(UTC)))

    async def fetch(self, reference: str) -> ProviderPayment:
        """GET /v3/pay/transactions/out-trade-no/{reference}."""
        target = f"/v3/pay/transactions/out-trade-no/{quote(reference, safe='')}"
        try:
            answer = await self._talk.ask(f"{target}?{urlencode({'mchid': self._keys.merchant})}")
        except Refusal as refusal:
            if refusal.code in _UNHEARD_OF:
                return ProviderPayment(reference, PaidState.UNKNOWN)
            raise PaymentFault("refused", outcome_unknown=False) from None
        with believed(changes=False):
            return self._parse_payment(answer, reference)

    async def close(self, reference: str) -> ProviderPayment:
        """POST …/close, and then the payment as it is: it says nothing itself."""
        try:
            target = f"/v3/pay/transactions/out-trade-no/{quote(reference, safe='')}/close"
            await self._talk.change(target, {"mchid": self._keys.merchant})
        except Refusal as refusal:
            if refusal.code not in _UNHEARD_OF | _NOT_OPEN:
                raise PaymentFault("refused", outcome_unknown=False) from None
        return await self.fetch(reference)

    async def refund(
        self, reference: str, refund_reference: str, *, amount: Money, total: Money, notify_url: str
    ) -> ProviderRefund:
        """POST /v3/refund/domestic/refunds."""
        body = {
            "out_trade_no": reference,
            "out_refund_no": refund_reference,
            "notify_url": notify_url,
            "amount": {"refund": render_fen(amount), "total": render_fen(total), "currency": amount.currency},
        }
        try:
            answer = await self._talk.change("/v3/refund/domestic/refunds", body)
        except Refusal:
            raise PaymentFault("refused", outcome_unknown=False) from None
        with believed(changes=True):
            return _parse_refund(answer, reference, refund_reference)

    async def fetch_refund(self, reference: str, refund_reference: str) -> ProviderRefund:
        """GET /v3/refund/domestic/refunds/{refund_reference}."""
        try:
            answer = await self._talk.ask(f"/v3/refund/domestic/refunds/{quote(refund_reference, safe='')}")
        except Refusal as refusal:
            if refusal.code in _UNHEARD_OF:
                return ProviderRefund(refund_reference, RefundState.UNKNOWN)
            raise PaymentFault("refused", outcome_unknown=False) from None
        with believed(changes=False):
            return _parse_refund(answer, reference, refund_reference)

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> PaymentNotice:
        """Verifies a callback and opens what is sealed in it; ``at`` is when it was signed."""
        try:
            signed_at = self._keys.verify(headers, body, now=now)
            said = Answer.parse(body)
            event = said.text("event_type")
            inside = self._keys.open_resource(said.child("resource"))
            if inside.text("mchid") != self._keys.merchant:
                raise BadAnswer("mchid is another one")
            kind, amount = self._parse_event(event, inside)
            return PaymentNotice(said.text("id"), inside.text("out_trade_no"), kind, amount, signed_at)
        except BadSignature as error:
            raise NoticeRefused("too_old" if error.too_old else "bad_signature") from None
        except BadAnswer:
            raise NoticeRefused("garbled") from None

    def answer_notice(self, *, taken: bool) -> NoticeAnswer:
        """204 ends its telling; anything but 2xx lets it go on."""
        if taken:
            return NoticeAnswer(httpx.codes.NO_CONTENT, b"", "application/json")
        body = json.dumps({"code": "FAIL", "message": "later"}).encode()
        return NoticeAnswer(httpx.codes.SERVICE_UNAVAILABLE, body, "application/json")

    async def fetch_statement(self, day: date) -> Sequence[StatementRow]:
        """GET /v3/bill/tradebill, then the file that it names, held against its hash."""
        try:
            answer = await self._talk.ask(
                f"/v3/bill/tradebill?{urlencode({'bill_date': day.isoformat(), 'bill_type': 'ALL'})}"
            )
        except Refusal as refusal:
            demand_published(day, now=datetime.now(UTC))
            if refusal.code in _NO_STATEMENT:
                return []
            raise PaymentFault("refused", outcome_unknown=False) from None
        with believed(changes=False):
            body = await self._talk.download(answer.text("download_url"))
            if answer.text("hash_type") != "SHA1":
                raise BadAnswer("hash_type is another one")
            if not compare_digest(sha1(body, usedforsecurity=False).hexdigest(), answer.text("hash_value").lower()):
                raise BadAnswer("the file is not the one that was named")
            return parse_statement(body, merchant=self._keys.merchant)

    def _render_wish(self, wish: PaymentWish) -> dict[str, Any]:
        body = {
            "appid": self._app_id,
            "mchid": self._keys.merchant,
            "description": wish.subject,
            "out_trade_no": wish.reference,
            "time_expire": wish.expires_at.astimezone(BUSINESS_ZONE).isoformat(timespec="seconds"),
            "notify_url": wish.notify_url,
            "amount": {"total": render_fen(wish.amount), "currency": wish.amount.currency},
        }
        scene = {"payer_client_ip": wish.payer_address, "h5_info": {"type": "Wap"}}
        return body | ({"scene_info": scene} if wish.way is PayWay.PAGE else {})

    def _parse_payment(self, answer: Answer, reference: str) -> ProviderPayment:
        ours = (self._app_id, self._keys.merchant, reference)
        if (answer.text("appid"), answer.text("mchid"), answer.text("out_trade_no")) != ours:
            raise BadAnswer("it is another one's payment")
        state = answer.one_of("trade_state", _TRADE_STATES)
        amount = answer.maybe_child("amount")
        if amount is None and state is PaidState.PAID:
            raise BadAnswer("amount is missing")
        paid = amount.fen("total", amount.text("currency")) if amount else None
        provider_id = answer.maybe_text("transaction_id") or ""
        return ProviderPayment(reference, state, paid, provider_id, answer.maybe_instant("success_time"))

    def _parse_event(self, event: str, inside: Answer) -> tuple[str, Money]:
        amount = inside.child("amount")
        if event.startswith("TRANSACTION."):
            if inside.text("appid") != self._app_id:
                raise BadAnswer("appid is another one")
            return "payment", amount.fen("total", amount.text("currency"))
        if event.startswith("REFUND."):
            return "refund", amount.fen("refund", CURRENCY)  # a refund's notice names no currency
        raise BadAnswer("event_type is an unknown one")


def _parse_refund(answer: Answer, reference: str, refund_reference: str) -> ProviderRefund:
    if (answer.text("out_trade_no"), answer.text("out_refund_no")) != (reference, refund_reference):
        raise BadAnswer("it is another refund")
    amount = answer.child("amount")
    given = amount.fen("refund", amount.maybe_text("currency") or CURRENCY)
    state = answer.one_of("status", _REFUND_STATES)
    return ProviderRefund(refund_reference, state, given, answer.maybe_instant("success_time"))
