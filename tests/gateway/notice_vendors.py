"""Who plays the three payment providers in a campaign of callbacks?

Each answers our real adapter's questions, and signs: with ``cryptography`` and ``hmac`` alone, not with the libraries
that the adapters use.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from bss_adapters.payment.alipay import Alipay
from bss_adapters.payment.alipay_signature import AlipayKeys
from bss_adapters.payment.sandbox import SandboxPay
from bss_adapters.payment.wechat_pay import WeChatPay
from bss_adapters.payment.wechat_pay_signature import WeChatPayKeys
from graphql_schema.payment_ports import PaymentProvider
from graphql_schema.types.recharge import PayWay
from tests.bss_adapters.payment.judging import (
    ALIPAY_APP,
    API_KEY,
    APP_ID,
    MERCHANT,
    PLATFORM_SERIAL,
    SELLER,
    SERIAL,
    make_pair,
)

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Post:
    """What somebody posts."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Told:
    """What a callback says. ``stranger``: signed by somebody else; ``elsewhere``: about another merchant's money."""

    reference: str
    fen: int
    at: datetime
    id: str
    currency: str = "CNY"
    stranger: bool = False
    elsewhere: bool = False

    @property
    def yuan(self) -> str:
        return f"{Decimal(self.fen) / 100:.2f}"


class Vendor(Protocol):
    """One provider: what it knows of payments, and how it tells of them."""

    @property
    def provider(self) -> PaymentProvider: ...

    @property
    def way(self) -> PayWay: ...

    @property
    def paid(self) -> dict[str, bool]: ...

    @property
    def signed_names(self) -> tuple[str, ...]: ...

    def tell(self, told: Told) -> Post: ...


class _Books:
    """What was opened, and whether it was paid. Everything costs 50 yuan."""

    def __init__(self) -> None:
        self.paid: dict[str, bool] = {}

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        return self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError


def _seal(key: RSAPrivateKey, text: str) -> str:
    return b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def _key(*, stranger: bool) -> RSAPrivateKey:
    return make_pair("stranger" if stranger else "platform").key


class SandboxVendor(_Books):
    """The sandbox's provider."""

    way, secret = PayWay.PAGE, "what the sandbox signs with"
    signed_names = ("Pay-Timestamp", "Pay-Nonce", "Pay-Signature")

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance = chance
        transport = httpx.MockTransport(self)
        self.provider = SandboxPay("http://pay.test", merchant="onehall", secret=self.secret, transport=transport)

    def answer(self, request: httpx.Request) -> httpx.Response:
        reference = json.loads(request.content)["reference"] if request.content else request.url.path.split("/")[2]
        state = "paid" if self.paid.setdefault(reference, False) else "open"
        said = {"id": "P1", "reference": reference, "state": state, "amount": "50.00", "currency": "CNY", "page": "x"}
        body = json.dumps(said).encode()
        return httpx.Response(200, headers=self._sign(body, datetime.now(UTC), self.secret), content=body)

    def tell(self, told: Told) -> Post:
        said = {"id": told.id, "kind": "payment", "reference": told.reference, "state": "paid", "amount": told.yuan}
        body = json.dumps(said | {"currency": told.currency, "at": told.at.isoformat()}).encode()
        secret = "another" if told.stranger or told.elsewhere else self.secret
        return Post(self._sign(body, told.at, secret), body)

    def _sign(self, body: bytes, at: datetime, secret: str) -> dict[str, str]:
        stamp, nonce = str(int(at.timestamp())), self._chance.randbytes(16).hex()
        digest = hmac.new(secret.encode(), f"{stamp}\n{nonce}\n".encode() + body, "sha256").hexdigest()
        return {"Pay-Timestamp": stamp, "Pay-Nonce": nonce, "Pay-Signature": digest}


class WeChatVendor(_Books):
    """WeChat Pay."""

    way = PayWay.QR
    signed_names = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature")

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance = chance
        keys = WeChatPayKeys(
            merchant=MERCHANT,
            serial_number=SERIAL,
            private_key=make_pair("merchant").private,
            api_key=API_KEY,
            public_key=make_pair("platform").public,
            public_key_id=PLATFORM_SERIAL,
        )
        self.provider = WeChatPay(keys, app_id=APP_ID, transport=httpx.MockTransport(self))

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.paid.setdefault(json.loads(request.content)["out_trade_no"], False)
            said: dict[str, Any] = {"code_url": "weixin://x"}
        else:
            reference = request.url.path.rpartition("/")[2]
            said = self._describe(reference, 5000, "CNY", MERCHANT)
            if not self.paid.get(reference):
                said = said | {"trade_state": "NOTPAY", "amount": None}
        body = json.dumps(said)
        return httpx.Response(200, headers=self._sign(body, datetime.now(UTC), stranger=False), content=body.encode())

    def tell(self, told: Told) -> Post:
        merchant = "1900000002" if told.elsewhere else MERCHANT
        inside = json.dumps(self._describe(told.reference, told.fen, told.currency, merchant)).encode()
        nonce = self._chance.randbytes(6).hex()
        sealed = b64encode(AESGCM(API_KEY.encode()).encrypt(nonce.encode(), inside, b"transaction")).decode()
        resource = {"algorithm": "AEAD_AES_256_GCM", "ciphertext": sealed, "associated_data": "transaction"}
        said = {"id": told.id, "event_type": "TRANSACTION.SUCCESS", "resource": resource | {"nonce": nonce}}
        body = json.dumps(said)
        return Post(self._sign(body, told.at, stranger=told.stranger), body.encode())

    def _sign(self, body: str, at: datetime, *, stranger: bool) -> dict[str, str]:
        stamp, nonce = str(int(at.timestamp())), self._chance.randbytes(16).hex()
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": PLATFORM_SERIAL,
            "Wechatpay-Signature": _seal(_key(stranger=stranger), f"{stamp}\n{nonce}\n{body}\n"),
        }

    def _describe(self, reference: str, fen: int, currency: str, merchant: str) -> dict[str, Any]:
        known = {"appid": APP_ID, "mchid": merchant, "out_trade_no": reference, "transaction_id": "4200"}
        return known | {"trade_state": "SUCCESS", "amount": {"total": fen, "currency": currency}}


class AlipayVendor(_Books):
    """Alipay."""

    way = PayWay.QR
    signed_names: tuple[str, ...] = ()

    def __init__(self, chance: Random) -> None:
        super().__init__()
        keys = AlipayKeys(
            app_id=ALIPAY_APP,
            private_key=make_pair("merchant").private,
            alipay_public_key=make_pair("platform").public,
        )
        self.provider = Alipay(keys, seller_id=SELLER, transport=httpx.MockTransport(self))

    def answer(self, request: httpx.Request) -> httpx.Response:
        asked = dict(parse_qsl(request.url.query.decode())) | dict(parse_qsl(request.content.decode()))
        reference = json.loads(asked["biz_content"])["out_trade_no"]
        status = "TRADE_SUCCESS" if self.paid.setdefault(reference, False) else "WAIT_BUYER_PAY"
        said = {"code": "10000", "out_trade_no": reference, "trade_no": "2026", "trade_status": status}
        text = json.dumps(said | {"total_amount": "50.00", "qr_code": "https://qr.test"})
        name = f"{asked['method'].replace('.', '_')}_response"
        return httpx.Response(200, content=f'{{"{name}":{text},"sign":"{_seal(_key(stranger=False), text)}"}}'.encode())

    def tell(self, told: Told) -> Post:
        fields = {
            "app_id": "2014072300007149" if told.elsewhere else ALIPAY_APP,
            "charset": "utf-8",
            "notify_id": told.id,
            "notify_time": told.at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "out_trade_no": told.reference,
            "seller_id": SELLER,
            "subject": "话费充值 138****8001",
            "total_amount": told.yuan,
            "trade_no": "2026",
            "trade_status": "TRADE_SUCCESS",
        } | ({} if told.currency == "CNY" else {"trans_currency": told.currency})
        text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
        signature = _seal(_key(stranger=told.stranger), text)
        return Post({}, urlencode(fields | {"sign_type": "RSA2", "sign": signature}, quote_via=quote).encode())


VENDORS: Mapping[str, Callable[[Random], Vendor]] = {
    "sandbox": SandboxVendor,
    "wechat-pay": WeChatVendor,
    "alipay": AlipayVendor,
}
