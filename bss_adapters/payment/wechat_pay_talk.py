"""How is one thing said to WeChat Pay, and is what comes back WeChat Pay's own word?"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from bss_adapters.payment.answer import Answer, believed
from bss_adapters.payment.exchange import MOST_ANSWER_BYTES, MOST_STATEMENT_BYTES, Ask, Exchange
from bss_adapters.payment.wechat_pay_signature import BadSignature, WeChatPayKeys
from graphql_schema.payment_ports import PaymentFault


class Refusal(Exception):  # noqa: N818  an answer, and a signed one
    """WeChat Pay says no; ``code`` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WeChatPayTalk:
    """Requests that we signed, answers that WeChat Pay signed. All raise PaymentFault; ``ask`` and ``change`` Refusal.

    A refusal is signed as well (its SDKs don't look): one that is not leaves open what happened.
    """

    def __init__(self, keys: WeChatPayKeys, base_url: str, exchange: Exchange) -> None:
        self._keys, self._base_url, self._exchange = keys, base_url.rstrip("/"), exchange

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._exchange.aclose()

    async def ask(self, target: str) -> Answer:
        """GET."""
        return await self._send(self._sign("GET", target, None))

    async def change(self, target: str, said: Mapping[str, Any]) -> Answer:
        """POST; an answer without a body is an empty object."""
        return await self._send(self._sign("POST", target, said))

    async def download(self, url: str) -> bytes:
        """A file, from WeChat Pay's own address whatever host ``url`` names. It is not signed: its hash is."""
        parts = urlsplit(url)
        ask = self._sign("GET", f"{parts.path}?{parts.query}", None, most_bytes=MOST_STATEMENT_BYTES)
        reply = await self._exchange.send(ask)
        if reply.status != httpx.codes.OK:
            raise PaymentFault("refused", outcome_unknown=False)
        return reply.body

    async def _send(self, ask: Ask) -> Answer:
        reply = await self._exchange.send(ask)
        try:
            self._keys.verify(reply.headers, reply.body, now=datetime.now(UTC))
        except BadSignature:
            raise PaymentFault("garbled", outcome_unknown=ask.changes) from None
        with believed(changes=ask.changes):
            answer = Answer.parse(reply.body or b"{}")
            if reply.status >= httpx.codes.BAD_REQUEST:
                raise Refusal(answer.text("code"))
            return answer

    def _sign(
        self, method: str, target: str, said: Mapping[str, Any] | None, *, most_bytes: int = MOST_ANSWER_BYTES
    ) -> Ask:
        body = b"" if said is None else json.dumps(said, ensure_ascii=False).encode()
        headers = self._keys.sign_request(method, target, body) | {
            "Accept": "application/json",
            "User-Agent": "onehall",
        }
        if said is not None:
            headers["Content-Type"] = "application/json"
        return Ask(method, self._base_url + target, said is not None, headers, body, most_bytes)
