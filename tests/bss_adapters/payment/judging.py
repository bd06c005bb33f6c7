"""Keys that were made for the run, the judges of the providers' signatures, and a payment that is wished for."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from graphql_schema.payment_ports import PaymentWish
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import PayWay
from tests.judges import NODE, NODE_FOLDER

MERCHANT, APP_ID, API_KEY = "1900000001", "wxd678efh567hg6787", "an APIv3 key of 32 characters..!"
SERIAL, PLATFORM_SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "PUB_KEY_ID_0114232134912410000000000000"
ALIPAY_APP, SELLER = "2014072300007148", "2088102169481075"
FIFTY = Money(amount=Decimal(50), currency="CNY")
TWENTY = Money(amount=Decimal(20), currency="CNY")


@dataclass(frozen=True)
class Pair:
    """A key of 2,048 bits."""

    key: RSAPrivateKey

    @property
    def private(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def public(self) -> str:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def make_pair(_whose: str) -> Pair:
    return Pair(generate_private_key(public_exponent=65537, key_size=2048))


class Judge:
    """A provider in a process of its own; ``tell`` pulls one of its levers."""

    def __init__(self, url: str) -> None:
        self.url = url

    def tell(self, lever: str, **said: object) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/judge/{lever}", json=said, timeout=10)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


@contextmanager
def serve_judge(script: str, keys: dict[str, str]) -> Iterator[Judge]:
    process = subprocess.Popen(
        [NODE, script],
        cwd=NODE_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(keys) + "\n")
        process.stdin.flush()
        yield Judge(process.stdout.readline().strip())
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # Node runs below a starter: killed alone, that would leave it behind
        process.wait()
        process.stdin.close()
        process.stdout.close()


def serve_wechat_judge() -> AbstractContextManager[Judge]:
    """WeChat Pay, as npm wechatpay-axios-plugin signs and verifies it."""
    keys = {
        "merchant": MERCHANT,
        "appId": APP_ID,
        "serial": SERIAL,
        "merchantPublicKey": make_pair("merchant").public,
        "platformPrivateKey": make_pair("platform").private,
        "platformSerial": PLATFORM_SERIAL,
        "apiKey": API_KEY,
        "strangerKey": make_pair("stranger").private,
    }
    return serve_judge("wechat_pay_judge.mjs", keys)


def serve_alipay_judge() -> AbstractContextManager[Judge]:
    """Alipay, as its own npm alipay-sdk signs and verifies it."""
    keys = {
        "appId": ALIPAY_APP,
        "sellerId": SELLER,
        "appPublicKey": make_pair("merchant").public,
        "appPrivateKey": make_pair("merchant").private,
        "alipayPrivateKey": make_pair("platform").private,
        "alipayPublicKey": make_pair("platform").public,
        "strangerKey": make_pair("stranger").private,
    }
    return serve_judge("alipay_judge.mjs", keys)


def make_wish(reference: str, way: PayWay = PayWay.QR, amount: Money = FIFTY) -> PaymentWish:
    return PaymentWish(
        reference=reference,
        amount=amount,
        subject="话费充值 {50}",
        way=way,
        expires_at=datetime.now(UTC) + timedelta(minutes=15),
        notify_url="http://127.0.0.1:9/payments/notice",
        return_url="https://hall.test/recharge/a?b=c&d=é",
        payer_address="203.0.113.9",
    )
