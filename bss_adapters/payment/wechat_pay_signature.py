"""How do WeChat Pay (API v3) and we prove to each other who speaks?

Signing, verifying and opening are wechatpayv3's; what it leaves to its caller (which key, how old) is decided here.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificates
from wechatpayv3.utils import (
    aes_decrypt,
    build_authorization,
    load_private_key,
    load_public_key,
    rsa_sign,
    rsa_verify,
)

from bss_adapters.payment.answer import Answer, BadAnswer
from bss_adapters.payment.plain_base64 import is_plain_base64

WINDOW = timedelta(minutes=5)
"""How far from our clock a signed message's time may be (WeChat Pay's own advice)."""
_SCHEME = "WECHATPAY2-SHA256-RSA2048"
_PUBLIC_KEY_ID = "PUB_KEY_ID_"
_SECONDS = re.compile(r"[0-9]{1,12}")


class BadSignature(Exception):  # noqa: N818  the finding itself
    """Not signed by WeChat Pay; or, ``too_old``, signed at another time than now."""

    def __init__(self, *, too_old: bool = False) -> None:
        super().__init__("too old" if too_old else "bad signature")
        self.too_old = too_old


class WeChatPayKeys:
    """A merchant's keys and WeChat Pay's: nothing of them is printed.

    ``serial_number`` and ``private_key`` (PEM) are of the merchant's API certificate, ``api_key`` the APIv3 key (32
    characters). WeChat Pay's own: ``public_key`` (PEM) with its ``public_key_id``, or the older platform
    ``certificates`` (PEM, one after the other), or both while a merchant changes over. Raises ValueError for keys
    that are none.
    """

    def __init__(  # noqa: PLR0913  so many keys it has
        self,
        *,
        merchant: str,
        serial_number: str,
        private_key: str,
        api_key: str,
        public_key: str = "",
        public_key_id: str = "",
        certificates: str = "",
    ) -> None:
        self.merchant = merchant
        self._serial_number, self._api_key = serial_number, api_key
        self._private_key = _load(load_private_key, private_key)
        self._public_key_id = public_key_id
        self._verifiers = _load_verifiers(public_key, public_key_id) | _load_certificates(certificates)
        if len(api_key.encode()) != 32:
            raise ValueError("an APIv3 key has 32 characters")
        if not self._verifiers:
            raise ValueError("nothing is there that WeChat Pay's signatures could be judged by")

    def sign_request(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """The headers that prove a request for ``target`` (path and query)."""
        authorization = build_authorization(
            target, method, self.merchant, self._serial_number, self._private_key, data=body.decode()
        )
        asked_for = {"Wechatpay-Serial": self._public_key_id} if self._public_key_id else {}
        return {"Authorization": authorization} | asked_for

    def sign_app(self, app_id: str, prepay_id: str, *, now: datetime) -> dict[str, str]:
        """The parameters that an app calls WeChat's SDK with."""
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
        signature = rsa_sign(self._private_key, f"{app_id}\n{timestamp}\n{nonce}\n{prepay_id}\n")
        return {
            "appid": app_id,
            "partnerid": self.merchant,
            "prepayid": prepay_id,
            "package": "Sign=WXPay",
            "noncestr": nonce,
            "timestamp": timestamp,
            "sign": signature,
        }

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> datetime:
        """When WeChat Pay signed the body, of an answer or of a callback. Raises BadSignature."""
        named = {name.lower(): value for name, value in headers.items()}
        timestamp, signature = named.get("wechatpay-timestamp", ""), named.get("wechatpay-signature", "")
        verifier = self._verifiers.get(named.get("wechatpay-serial", ""))
        if named.get("wechatpay-signature-type", _SCHEME) != _SCHEME or not _SECONDS.fullmatch(timestamp):
            raise BadSignature
        if verifier is None or not is_plain_base64(signature):
            raise BadSignature
        if not _is_signed(timestamp, named.get("wechatpay-nonce", ""), body, signature, verifier):
            raise BadSignature
        signed_at = datetime.fromtimestamp(int(timestamp), UTC)
        if abs(now - signed_at) > WINDOW:
            raise BadSignature(too_old=True)
        return signed_at

    def open_resource(self, resource: Answer) -> Answer:
        """What a callback carries sealed (AEAD_AES_256_GCM). Raises BadAnswer."""
        if resource.text("algorithm") != "AEAD_AES_256_GCM":
            raise BadAnswer("algorithm is another one")
        sealed, nonce = resource.text("ciphertext"), resource.text("nonce")
        try:
            opened = aes_decrypt(nonce, sealed, resource.maybe_text("associated_data") or "", self._api_key)
        except ValueError as error:
            raise BadAnswer("ciphertext can't be opened") from error
        if not opened:
            raise BadAnswer("ciphertext can't be opened")
        return Answer.parse(opened.encode())


def _is_signed(timestamp: str, nonce: str, body: bytes, signature: str, verifier: RSAPublicKey) -> bool:
    """The lines that are signed end with line feeds: what holds one could be read in two ways."""
    if not nonce or "\n" in nonce:
        return False
    try:
        return bool(rsa_verify(timestamp, nonce, body.decode("utf-8"), signature, verifier))
    except UnicodeDecodeError:
        return False


def _load_verifiers(public_key: str, public_key_id: str) -> dict[str, RSAPublicKey]:
    if not public_key and not public_key_id:
        return {}
    if not public_key_id.startswith(_PUBLIC_KEY_ID):
        raise ValueError(f"the id of WeChat Pay's public key begins with {_PUBLIC_KEY_ID}")
    return {public_key_id: _load(load_public_key, public_key)}


def _load_certificates(certificates: str) -> dict[str, RSAPublicKey]:
    """By serial number as WeChat Pay writes it: upper-case hexadecimal."""
    if not certificates.strip():
        return {}
    found: dict[str, RSAPublicKey] = {}
    for certificate in load_pem_x509_certificates(certificates.encode()):
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise ValueError("a certificate of WeChat Pay holds an RSA key")
        found[f"{certificate.serial_number:X}"] = key
    return found


def _load(load: Any, text: str) -> Any:  # noqa: ANN401  the library has no types
    """The library answers an empty text with None, and a bad one with an Exception of no kind."""
    try:
        key = load(text)
    except Exception:  # noqa: BLE001  the library raises nothing narrower
        raise ValueError("no RSA key in PEM") from None
    if key is None:
        raise ValueError("a key is missing")
    return key
