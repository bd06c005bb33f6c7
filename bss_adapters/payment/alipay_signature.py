"""How do Alipay and we prove to each other who speaks?

Signing and verifying (RSA2) are python-alipay-sdk's; which text was signed, and that it is read in one way only, is
decided here: the library looks for it by counting braces, and takes an error that nobody signed for an answer.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from alipay import AliPay

from bss_adapters.payment.answer import Answer, BadAnswer
from bss_adapters.payment.plain_base64 import is_plain_base64
from bss_adapters.tmf.wire import BUSINESS_ZONE

WINDOW = timedelta(minutes=5)
"""How far from our clock a callback's time may be: ``notify_time`` is when this telling of it was sent."""
_MOST_FIELDS = 100


class BadSignature(Exception):  # noqa: N818  the finding itself
    """Not signed by Alipay; or, ``too_old``, sent at another time than now."""

    def __init__(self, *, too_old: bool = False) -> None:
        super().__init__("too old" if too_old else "bad signature")
        self.too_old = too_old


class AlipayKeys:
    """An app's keys: nothing of them is printed.

    ``private_key`` is the app's own, ``alipay_public_key`` Alipay's (not the app's public one), as PEM or as the bare
    base64 that Alipay's key tool and console give out. Raises ValueError for what is no RSA key.
    """

    def __init__(self, *, app_id: str, private_key: str, alipay_public_key: str) -> None:
        self.app_id = app_id
        try:
            self._library = _Library(
                appid=app_id,
                app_private_key_string=_read_key(private_key),
                alipay_public_key_string=_read_key(alipay_public_key),
                sign_type="RSA2",
            )
        except (ValueError, IndexError, TypeError, binascii.Error):
            raise ValueError("no RSA key in PEM or base64") from None
        if not self._library.app_private_key.has_private():
            raise ValueError("the app's private key is a public one")

    def sign(self, method: str, content: Mapping[str, Any], *, now: datetime, **fields: str) -> str:
        """The signed form, encoded: what is asked of ``method``, with callbacks and the like as ``fields``."""
        timestamp = now.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S")
        body = self._library.build_body(method, dict(content), timestamp=timestamp, format="JSON", **fields)
        signed: str = self._library.sign_data(body)
        return signed

    def read_answer(self, body: bytes, method: str) -> Answer:
        """The object that Alipay signed in an answer to ``method``. Raises BadSignature and BadAnswer."""
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadAnswer("no text") from error
        whole = Answer.parse(body)
        signed = _find_signed(text, f"{method.replace('.', '_')}_response")
        signature = whole.maybe_text("sign") or ""
        if not is_plain_base64(signature) or not self._library.is_signed(signed, signature):
            raise BadSignature
        return Answer.parse(signed.encode())

    def read_form(self, body: bytes, *, now: datetime) -> Answer:
        """The fields of a callback. Raises BadSignature and BadAnswer."""
        fields = _read_fields(body)
        signature = fields.pop("sign", "")
        if fields.get("sign_type") != "RSA2" or not is_plain_base64(signature):
            raise BadSignature
        if any("&" in value for value in fields.values()):
            raise BadSignature  # what is signed joins the fields with it: they could have been cut in another way
        if not self._library.verify(dict(fields), signature):
            raise BadSignature
        said = Answer(fields)
        if abs(now - parse_beijing_time(said.text("notify_time"))) > WINDOW:
            raise BadSignature(too_old=True)
        return said


class _Library(AliPay):  # type: ignore[misc]
    """The library verifies a plain text only for its own requests, which are blocking ones."""

    def is_signed(self, text: str, signature: str) -> bool:
        return bool(self._verify(text, signature))


def parse_beijing_time(value: str) -> datetime:
    """``2026-11-22 11:00:00`` as Alipay means it, in UTC. Raises BadAnswer."""
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BUSINESS_ZONE).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadAnswer("no instant") from error


def _read_key(text: str) -> str | bytes:
    if "-----BEGIN" in text:
        return text
    return b64decode("".join(text.split()), validate=True)


def _find_signed(text: str, name: str) -> str:
    """The text of the object that an answer begins with: byte for byte what was signed."""
    head = text.lstrip()
    opening = head.removeprefix("{").lstrip()
    quoted = f'"{name}"'
    if not head.startswith("{") or not opening.startswith(quoted):
        raise BadAnswer("it does not begin with what was asked for")
    value = opening[len(quoted) :].lstrip().removeprefix(":").lstrip()
    try:
        _, end = json.JSONDecoder().raw_decode(value)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("no JSON object") from error
    return value[:end]


def _read_fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise BadAnswer("no form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadAnswer("a field stands twice")
    return fields
