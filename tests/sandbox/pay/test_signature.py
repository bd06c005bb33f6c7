"""Is only what the merchant signed believed, and are answers signed?"""

import json
import time
from functools import partial
from typing import Any

import pytest

from sandbox.pay.signature import Doorman, Merchant, SignatureError, signature, signed_headers
from sandbox.payments import PLAY_MERCHANT
from tests.sandbox.pay.conftest import Shop

pytestmark = pytest.mark.anyio

BODY = json.dumps({
    "reference": "r1", "amount": "50.00", "currency": "CNY", "subject": "话费充值",
    "notifyUrl": "http://127.0.0.1:9/n", "returnUrl": "http://127.0.0.1:9/b",
}).encode()  # fmt: skip


async def post(shop: Shop, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    answer = await shop.client.post("/pay-api/v1/payments", content=body, headers=headers)
    return answer.status_code, answer.json().get("code")


async def test_what_is_not_signed_or_changed_on_the_way_is_not_believed(shop: Shop) -> None:
    good = signed_headers(PLAY_MERCHANT, BODY)
    mutations = [
        (BODY, {}),
        (BODY, {**good, "Pay-Signature": ""}),
        (BODY, {**good, "Pay-Signature": good["Pay-Signature"].upper()}),
        (BODY, {**good, "Pay-Merchant": "somebody"}),
        (BODY, {**good, "Pay-Nonce": "0" * 32}),
        (BODY, {**good, "Pay-Timestamp": str(int(good["Pay-Timestamp"]) + 1)}),
        (BODY.replace(b"50.00", b"90.00"), good),
        (BODY + b" ", good),
        (BODY, signed_headers(Merchant("onehall", "another secret"), BODY)),
    ]
    for body, headers in mutations:
        assert await post(shop, body, headers) == (401, "badSignature")
    assert (await shop.books())["payments"] == []
    assert await post(shop, BODY, good) == (201, None)


async def test_a_request_is_believed_once(shop: Shop) -> None:
    good = signed_headers(PLAY_MERCHANT, BODY)
    assert await post(shop, BODY, good) == (201, None)
    assert await post(shop, BODY, good) == (401, "replayed")


async def test_a_request_of_another_time_is_too_old(shop: Shop) -> None:
    for seconds in (-301, 400):
        then = time.time() + seconds
        late = signed_headers(PLAY_MERCHANT, BODY, now_seconds=partial(float, then))
        assert await post(shop, BODY, late) == (401, "tooOld")


async def test_an_answer_is_signed_over_its_raw_body(shop: Shop) -> None:
    await shop.open("r1")
    answer = await shop.ask("GET", "/payments/r1")
    then, nonce = (answer.headers[f"pay-{name}"] for name in ("timestamp", "nonce"))
    assert answer.headers["pay-signature"] == signature(PLAY_MERCHANT.secret, then, nonce, answer.content)


def test_the_secret_shows_nowhere() -> None:
    assert "s3cret" not in repr(Merchant("onehall", "s3cret"))


def test_a_nonce_is_remembered_as_long_as_its_time_is_good() -> None:
    now = [1_000_000.0]
    doorman = Doorman(PLAY_MERCHANT, now_seconds=lambda: now[0])
    headers = {
        name.lower(): value for name, value in signed_headers(PLAY_MERCHANT, b"", now_seconds=lambda: now[0]).items()
    }
    doorman.check(headers, b"")
    now[0] += 299
    with pytest.raises(SignatureError, match="replayed"):
        doorman.check(headers, b"")
    now[0] += 2
    with pytest.raises(SignatureError, match="tooOld"):
        doorman.check(headers, b"")
