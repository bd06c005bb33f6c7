"""How is one thing said to Alipay's gateway, and is what comes back Alipay's own word?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from bss_adapters.payment.alipay_signature import AlipayKeys, BadSignature
from bss_adapters.payment.answer import Answer, believed
from bss_adapters.payment.exchange import MOST_STATEMENT_BYTES, Ask, Exchange
from graphql_schema.payment_ports import PaymentFault

_DONE = "10000"
_BUSINESS_FAILED = "40004"
_SYSTEM_TROUBLE = frozenset({"ACQ.SYSTEM_ERROR", "AOP.ACQ.SYSTEM_ERROR", "SYSTEM_ERROR", "isp.unknow-error"})
_FORM = "application/x-www-form-urlencoded;charset=utf-8"


class Refusal(Exception):  # noqa: N818  an answer, and a signed one
    """Alipay says no; ``code`` is its ``sub_code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AlipayTalk:
    """Requests that we signed, answers that Alipay signed. ``say`` raises PaymentFault and Refusal."""

    def __init__(self, keys: AlipayKeys, gateway: str, exchange: Exchange) -> None:
        self._keys, self._gateway, self._exchange = keys, gateway, exchange

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._exchange.aclose()

    async def say(self, method: str, content: Mapping[str, Any], *, changes: bool, **fields: str) -> Answer:
        """POSTs ``method`` with its ``biz_content``."""
        signed = self._keys.sign(method, content, now=datetime.now(UTC), **fields)
        reply = await self._exchange.send(self._make_ask(signed, changes=changes))
        with believed(changes=changes):
            try:
                answer = self._keys.read_answer(reply.body, method)
            except BadSignature:
                raise PaymentFault("garbled", outcome_unknown=changes) from None
            code = answer.text("code")
            if code == _DONE:
                return answer
            reason = answer.maybe_text("sub_code") or ""
        if code == _BUSINESS_FAILED and reason not in _SYSTEM_TROUBLE:
            raise Refusal(reason)
        trouble = reason in _SYSTEM_TROUBLE or code not in {_BUSINESS_FAILED, "40001", "40002", "40006"}
        raise PaymentFault("unavailable" if trouble else "refused", outcome_unknown=changes and trouble)

    def make_link(self, method: str, content: Mapping[str, Any], **fields: str) -> str:
        """An address that says ``method`` when a browser opens it."""
        return f"{self._gateway}?{self.make_order(method, content, **fields)}"

    def make_order(self, method: str, content: Mapping[str, Any], **fields: str) -> str:
        """The text that an app calls Alipay's SDK with."""
        return self._keys.sign(method, content, now=datetime.now(UTC), **fields)

    async def download(self, url: str) -> bytes:
        """A file from the address that a signed answer named."""
        reply = await self._exchange.send(Ask("GET", url, False, most_bytes=MOST_STATEMENT_BYTES))
        if reply.status != httpx.codes.OK:
            raise PaymentFault("refused", outcome_unknown=False)
        return reply.body

    def _make_ask(self, signed: str, *, changes: bool) -> Ask:
        """As Alipay's own SDKs send it: the content in the body, everything else in the query."""
        fields = signed.split("&")
        content = next(field for field in fields if field.startswith("biz_content="))
        url = f"{self._gateway}?{'&'.join(field for field in fields if field != content)}"
        return Ask("POST", url, changes, {"Content-Type": _FORM, "User-Agent": "onehall"}, content.encode())
