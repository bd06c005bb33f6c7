"""How does the sandbox's payment provider collect money for us, and what does it say of it?

Its API is in docs/operate/payments.md. Everything either side says is signed (sandbox_signature), answers too.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from urllib.parse import quote

import httpx

from bss_adapters.payment.amount import parse_yuan, render_yuan
from bss_adapters.payment.answer import Answer, BadAnswer, believed, parse_instant
from bss_adapters.payment.exchange import MOST_ANSWER_BYTES, MOST_STATEMENT_BYTES, Ask, Exchange, Reply
from bss_adapters.payment.sandbox_signature import BadSignature, sign, verify
from graphql_schema.payment_ports import (
    Agreement,
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

_STATEMENT_HEAD = ["kind", "id", "reference", "refundReference", "amount", "currency", "at"]


class SandboxPay:
    """The sandbox's provider: payments, refunds, statements, notices and standing orders.

    ``base_url`` is the address of its API (``…/pay-api/v1``). Belongs to the event loop that first uses it.
    """

    source = RechargeSource.SANDBOX
    ways: tuple[PayWay, ...] = (PayWay.PAGE, PayWay.QR, PayWay.APP)

    def __init__(
        self,
        base_url: str,
        *,
        merchant: str,
        secret: str,
        transport: httpx.AsyncBaseTransport | None = None,
        budget_seconds: float = 8.0,
    ) -> None:
        self._base_url, self._merchant, self._secret = base_url.rstrip("/"), merchant, secret
        self._exchange = Exchange(budget_seconds=budget_seconds, transport=transport)

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._exchange.aclose()

    async def open(self, wish: PaymentWish) -> Opening:
        """POST /payments. One reference is one payment, whatever is asked twice."""
        body = _wished(wish) | {"expiresAt": wish.expires_at.isoformat(), "returnUrl": wish.return_url}
        answer = await self._change("/payments", body)
        _compare(answer, wish.reference)
        with believed(changes=True):
            return Opening(page=answer.text("page"), qr=answer.maybe_text("qr"), app=answer.texts("app"))

    async def fetch(self, reference: str) -> ProviderPayment:
        """GET /payments/{reference}."""
        answer = await self._ask(f"/payments/{quote(reference, safe='')}")
        if answer is None:
            return ProviderPayment(reference, PaidState.UNKNOWN)
        return _parse_payment(answer, reference, changes=False)

    async def close(self, reference: str) -> ProviderPayment:
        """POST /payments/{reference}/close."""
        answer = await self._try_change(f"/payments/{quote(reference, safe='')}/close", {})
        if answer is None:
            return ProviderPayment(reference, PaidState.UNKNOWN)
        return _parse_payment(answer, reference, changes=True)

    async def refund(
        self, reference: str, refund_reference: str, *, amount: Money, total: Money, notify_url: str
    ) -> ProviderRefund:
        """POST /refunds. The provider knows the total itself."""
        body = {"reference": reference, "refundReference": refund_reference, "notifyUrl": notify_url}
        answer = await self._change("/refunds", body | _rendered(amount))
        return _parse_refund(answer, reference, refund_reference, changes=True)

    async def fetch_refund(self, reference: str, refund_reference: str) -> ProviderRefund:
        """GET /refunds/{refundReference}."""
        answer = await self._ask(f"/refunds/{quote(refund_reference, safe='')}")
        if answer is None:
            return ProviderRefund(refund_reference, RefundState.UNKNOWN)
        return _parse_refund(answer, reference, refund_reference, changes=False)

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> PaymentNotice:
        """Verifies a callback; ``at`` is when it was signed."""
        try:
            signed_at = verify(headers, body, secret=self._secret, now=now)
            said = Answer.parse(body)
            kind = said.text("kind")
            if kind not in {"payment", "refund"}:
                raise BadAnswer("kind is an unknown code")
            amount = said.yuan("amount", said.maybe_text("currency"))
            return PaymentNotice(said.text("id"), said.text("reference"), kind, amount, signed_at)
        except BadSignature as error:
            raise NoticeRefused("too_old" if error.too_old else "bad_signature") from None
        except BadAnswer:
            raise NoticeRefused("garbled") from None

    def answer_notice(self, *, taken: bool) -> NoticeAnswer:
        """200 ends its telling; 503 lets it go on."""
        body = json.dumps({"taken": taken}).encode()
        return NoticeAnswer(httpx.codes.OK if taken else httpx.codes.SERVICE_UNAVAILABLE, body, "application/json")

    async def fetch_statement(self, day: date) -> Sequence[StatementRow]:
        """GET /statements/{day}, CSV."""
        reply = await self._send("GET", f"/statements/{day.isoformat()}", None, most_bytes=MOST_STATEMENT_BYTES)
        if reply.status != httpx.codes.OK:
            raise PaymentFault("refused", outcome_unknown=False)
        with believed(changes=False):
            return list(_parse_statement(reply.body))

    async def begin_agreement(self, reference: str, *, most_a_month: Money, return_url: str) -> Agreement:
        """POST /agreements."""
        most = {"mostAMonth": render_yuan(most_a_month), "currency": most_a_month.currency}
        answer = await self._change("/agreements", {"reference": reference, "returnUrl": return_url} | most)
        _compare(answer, reference)
        return _parse_agreement(answer)

    async def fetch_agreement(self, agreement_id: str) -> Agreement:
        """GET /agreements/{id}. Raises PaymentFault ``refused`` for one that it does not know."""
        answer = await self._ask(f"/agreements/{quote(agreement_id, safe='')}")
        if answer is None:
            raise PaymentFault("refused", outcome_unknown=False)
        return _parse_agreement(answer)

    async def charge(self, agreement_id: str, wish: PaymentWish) -> ProviderPayment:
        """POST /charges: PAID or REFUSED at once."""
        answer = await self._change("/charges", _wished(wish) | {"agreement": agreement_id})
        return _parse_payment(answer, wish.reference, changes=True)

    async def end_agreement(self, agreement_id: str) -> None:
        """POST /agreements/{id}/end."""
        with believed(changes=True):
            if (await self._change(f"/agreements/{quote(agreement_id, safe='')}/end", {})).flag("signed"):
                raise BadAnswer("it is not ended")

    async def _ask(self, path: str) -> Answer | None:
        """None where it says that there is no such thing."""
        return _judge(await self._send("GET", path, None), changes=False)

    async def _change(self, path: str, body: Mapping[str, object]) -> Answer:
        answer = await self._try_change(path, body)
        if answer is None:
            raise PaymentFault("refused", outcome_unknown=False)
        return answer

    async def _try_change(self, path: str, body: Mapping[str, object]) -> Answer | None:
        return _judge(await self._send("POST", path, body), changes=True)

    async def _send(
        self, method: str, path: str, said: Mapping[str, object] | None, *, most_bytes: int = MOST_ANSWER_BYTES
    ) -> Reply:
        """An answer that the provider signed. Raises PaymentFault."""
        changes = said is not None
        body = b"" if said is None else json.dumps(said, ensure_ascii=False).encode()
        headers = sign(body, secret=self._secret, now=datetime.now(UTC)) | {"Pay-Merchant": self._merchant}
        if changes:
            headers["Content-Type"] = "application/json"
        ask = Ask(method, self._base_url + path, changes, headers=headers, body=body, most_bytes=most_bytes)
        reply = await self._exchange.send(ask)
        try:
            verify(reply.headers, reply.body, secret=self._secret, now=datetime.now(UTC))
        except BadSignature:
            raise PaymentFault("garbled", outcome_unknown=changes) from None
        return reply


def _judge(reply: Reply, *, changes: bool) -> Answer | None:
    if reply.status == httpx.codes.NOT_FOUND:
        return None
    if reply.status >= httpx.codes.BAD_REQUEST:
        raise PaymentFault("refused", outcome_unknown=False)
    with believed(changes=changes):
        return Answer.parse(reply.body)


def _wished(wish: PaymentWish) -> dict[str, object]:
    return {"reference": wish.reference, "subject": wish.subject, "notifyUrl": wish.notify_url} | _rendered(wish.amount)


def _rendered(amount: Money) -> dict[str, object]:
    return {"amount": render_yuan(amount), "currency": amount.currency}


def _compare(answer: Answer, reference: str) -> None:
    """An answer that was signed for another question is no answer to this one."""
    with believed(changes=True):
        if answer.text("reference") != reference:
            raise BadAnswer("reference is another one")


def _parse_payment(answer: Answer, reference: str, *, changes: bool) -> ProviderPayment:
    with believed(changes=changes):
        if answer.text("reference") != reference:
            raise BadAnswer("reference is another one")
        state, amount = answer.code("state", PaidState), answer.yuan("amount", answer.maybe_text("currency"))
        return ProviderPayment(reference, state, amount, answer.text("id"), answer.maybe_instant("paidAt"))


def _parse_refund(answer: Answer, reference: str, refund_reference: str, *, changes: bool) -> ProviderRefund:
    with believed(changes=changes):
        if (answer.text("reference"), answer.text("refundReference")) != (reference, refund_reference):
            raise BadAnswer("reference is another one")
        state, amount = answer.code("state", RefundState), answer.yuan("amount", answer.maybe_text("currency"))
        return ProviderRefund(refund_reference, state, amount, answer.maybe_instant("doneAt"))


def _parse_agreement(answer: Answer) -> Agreement:
    with believed(changes=True):
        return Agreement(
            answer.text("id"), answer.maybe_text("signPage"), answer.flag("signed"), ended=answer.flag("ended")
        )


def _parse_statement(body: bytes) -> Iterator[StatementRow]:
    try:
        rows = csv.reader(body.decode("utf-8").splitlines(), strict=True)
        if next(rows, None) != _STATEMENT_HEAD:
            raise BadAnswer("another head than agreed")
        for kind, provider_id, reference, refund_reference, amount, currency, at in rows:
            if (kind == "refund") != bool(refund_reference) or kind not in {"payment", "refund"}:
                raise BadAnswer("kind is an unknown code")
            yield StatementRow(
                reference, provider_id, parse_yuan(amount, currency), parse_instant(at), refund_reference or None
            )
    except (ValueError, csv.Error) as error:
        raise BadAnswer("a row is not as agreed") from error
