"""Which payment providers do the settings open?"""

from collections.abc import Sequence
from typing import Protocol

import httpx

from bss_adapters.payment.alipay import STATEMENT_HOSTS, Alipay
from bss_adapters.payment.alipay_signature import AlipayKeys
from bss_adapters.payment.sandbox import SandboxPay
from bss_adapters.payment.wechat_pay import WeChatPay
from bss_adapters.payment.wechat_pay_signature import WeChatPayKeys
from gateway.keys import sandbox_pay_secret
from gateway.settings import PREFIX, BadSettings, Settings
from graphql_schema.payment_ports import AgreementProvider, PaymentProvider
from graphql_schema.types.recharge import RechargeSource

_WECHAT_PAY = ("wechat_pay_app_id", "wechat_pay_serial_number", "wechat_pay_private_key", "wechat_pay_api_key")
_ALIPAY = ("alipay_seller_id", "alipay_private_key", "alipay_public_key")


class OpenProvider(PaymentProvider, Protocol):
    """A provider with connections of its own."""

    async def aclose(self) -> None:
        """Closes them."""
        ...


def open_providers(
    settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None
) -> dict[RechargeSource, OpenProvider]:
    """Those that have keys, and the sandbox's where it is set or the BSS is the sandbox's. Raises BadSettings."""
    found: list[OpenProvider] = []
    if settings.wechat_pay_merchant:
        found.append(_open_wechat_pay(settings, transport))
    if settings.alipay_app_id:
        found.append(_open_alipay(settings, transport))
    address = settings.sandbox_pay_url or ("" if settings.bss_url else f"{settings.sandbox_url}/pay-api/v1")
    if address:
        secret = sandbox_pay_secret(settings)
        found.append(SandboxPay(address, merchant="onehall", secret=secret, transport=transport))
    return {provider.source: provider for provider in found}


def find_agreements(providers: Sequence[OpenProvider]) -> dict[RechargeSource, AgreementProvider]:
    """Those of them that take standing orders."""
    return {each.source: each for each in providers if isinstance(each, SandboxPay)}


def _open_wechat_pay(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> WeChatPay:
    _demand(settings, "wechat_pay_merchant", _WECHAT_PAY)
    try:
        keys = WeChatPayKeys(
            merchant=settings.wechat_pay_merchant,
            serial_number=settings.wechat_pay_serial_number,
            private_key=settings.wechat_pay_private_key,
            api_key=settings.wechat_pay_api_key,
            public_key=settings.wechat_pay_public_key,
            public_key_id=settings.wechat_pay_public_key_id,
            certificates=settings.wechat_pay_certificates,
        )
    except ValueError as error:
        raise BadSettings(f"{PREFIX}WECHAT_PAY_…: {error}.") from None
    return WeChatPay(keys, app_id=settings.wechat_pay_app_id, base_url=settings.wechat_pay_url, transport=transport)


def _open_alipay(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> Alipay:
    _demand(settings, "alipay_app_id", _ALIPAY)
    try:
        keys = AlipayKeys(
            app_id=settings.alipay_app_id,
            private_key=settings.alipay_private_key,
            alipay_public_key=settings.alipay_public_key,
        )
    except ValueError as error:
        raise BadSettings(f"{PREFIX}ALIPAY_…: {error}.") from None
    gateway = settings.alipay_url
    hosts = STATEMENT_HOSTS | {httpx.URL(gateway).host}
    return Alipay(
        keys, seller_id=settings.alipay_seller_id, gateway=gateway, statement_hosts=hosts, transport=transport
    )


def _demand(settings: Settings, switch: str, names: Sequence[str]) -> None:
    missing = [f"{PREFIX}{name.upper()}" for name in names if not getattr(settings, name)]
    if missing:
        raise BadSettings(f"{PREFIX}{switch.upper()} is set, so {' and '.join(missing)} must be too.")
