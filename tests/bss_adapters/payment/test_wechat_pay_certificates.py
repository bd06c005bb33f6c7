"""Is a merchant served who still has WeChat Pay's platform certificates, and one who changes over?"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bss_adapters.payment.wechat_pay_signature import BadSignature, WeChatPayKeys
from tests.bss_adapters.payment.judging import API_KEY, MERCHANT, PLATFORM_SERIAL, SERIAL, make_pair

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def make_certificate(whose: str, serial_number: int) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    key = make_pair(whose).key
    made = x509.CertificateBuilder(name, name, key.public_key(), serial_number, NOW, NOW + timedelta(days=1800))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def make_keys(**given: str) -> WeChatPayKeys:
    private_key = make_pair("merchant").private
    return WeChatPayKeys(merchant=MERCHANT, serial_number=SERIAL, private_key=private_key, api_key=API_KEY, **given)


def sign(whose: str, serial: str) -> dict[str, str]:
    stamp = str(int(NOW.timestamp()))
    sealed = make_pair(whose).key.sign(f"{stamp}\nn\n{{}}\n".encode(), PKCS1v15(), SHA256())
    return {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": "n",
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": b64encode(sealed).decode(),
    }


def test_each_certificate_that_is_held_is_believed_and_no_other() -> None:
    keys = make_keys(certificates=make_certificate("platform", 0x5157F09E) + make_certificate("next", 0xABCDEF))
    assert keys.verify(sign("platform", "5157F09E"), b"{}", now=NOW) == NOW
    assert keys.verify(sign("next", "ABCDEF"), b"{}", now=NOW) == NOW
    for whose, serial in (("platform", "ABCDEF"), ("stranger", "5157F09E"), ("platform", "1"), ("platform", "")):
        with pytest.raises(BadSignature):
            keys.verify(sign(whose, serial), b"{}", now=NOW)


def test_a_merchant_that_changes_over_believes_both_and_asks_for_the_key() -> None:
    certificate = make_certificate("platform", 0x5157F09E)
    keys = make_keys(certificates=certificate, public_key=make_pair("next").public, public_key_id=PLATFORM_SERIAL)
    assert keys.verify(sign("platform", "5157F09E"), b"{}", now=NOW) == NOW
    assert keys.verify(sign("next", PLATFORM_SERIAL), b"{}", now=NOW) == NOW
    assert keys.sign_request("GET", "/v3/x", b"")["Wechatpay-Serial"] == PLATFORM_SERIAL
    assert "Wechatpay-Serial" not in make_keys(certificates=certificate).sign_request("GET", "/v3/x", b"")
