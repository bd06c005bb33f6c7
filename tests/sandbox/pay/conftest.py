"""Which payment provider do these tests ask, and who pays there?"""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.world import World
from sandbox.pay.signature import signed_headers
from sandbox.payments import PLAY_MERCHANT


class Shop:
    """The merchant: it signs what it asks. It also looks at pages as a payer does, and makes bad days."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        raw = json.dumps(body).encode() if method == "POST" else b""
        headers = signed_headers(PLAY_MERCHANT, raw)
        return await self.client.request(method, f"/pay-api/v1{path}", content=raw, headers=headers)

    async def open(self, reference: str, amount: str = "50.00", **more: Any) -> Any:
        wish = {
            "reference": reference, "amount": amount, "currency": "CNY", "subject": "话费充值",
            "notifyUrl": "http://127.0.0.1:9/notice", "returnUrl": "http://127.0.0.1:9/back",
        }  # fmt: skip
        answer = await self.ask("POST", "/payments", **{**wish, **more})
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def fetch(self, reference: str) -> Any:
        return (await self.ask("GET", f"/payments/{reference}")).json()

    async def pay(self, payment: Any, answer: str = "pay") -> httpx.Response:
        return await self.client.post(payment["page"], data={"answer": answer})

    async def bad_day(self, mode: str, **more: Any) -> None:
        answer = await self.client.post("/sandbox/payments", json={"mode": mode, **more})
        assert answer.status_code == 200, answer.text

    async def books(self) -> Any:
        return (await self.client.get("/sandbox/payments")).json()


@pytest.fixture
async def shop(world: World) -> AsyncIterator[Shop]:
    """In process and without a lifespan: notices wait in the book."""
    transport = httpx.ASGITransport(create_app(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield Shop(client)
