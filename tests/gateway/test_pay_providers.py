"""Which payment providers stand open, by the settings."""

from pathlib import Path

import pytest

from gateway.pay_providers import find_agreements, open_providers
from gateway.settings import BadSettings, Settings
from graphql_schema.types.recharge import RechargeSource
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

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def make_settings(folder: Path, **changed: str) -> Settings:
    given = {
        "bss_url": "https://bss.test",
        "wechat_pay_merchant": MERCHANT,
        "wechat_pay_app_id": APP_ID,
        "wechat_pay_serial_number": SERIAL,
        "wechat_pay_private_key": make_pair("merchant").private,
        "wechat_pay_api_key": API_KEY,
        "wechat_pay_public_key": make_pair("platform").public,
        "wechat_pay_public_key_id": PLATFORM_SERIAL,
        "alipay_app_id": ALIPAY_APP,
        "alipay_seller_id": SELLER,
        "alipay_private_key": make_pair("merchant").private,
        "alipay_public_key": make_pair("platform").public,
    }
    return Settings(data_folder=folder, **given | changed)  # type: ignore[arg-type]


async def open_sources(settings: Settings) -> list[RechargeSource]:
    providers = open_providers(settings)
    for provider in providers.values():
        await provider.aclose()
    return list(providers)


async def test_a_provider_stands_open_that_has_keys(tmp_path: Path) -> None:
    both = [RechargeSource.WECHAT_PAY, RechargeSource.ALIPAY]
    assert await open_sources(make_settings(tmp_path)) == both
    assert await open_sources(make_settings(tmp_path, wechat_pay_merchant="")) == both[1:]
    assert await open_sources(make_settings(tmp_path, alipay_app_id="")) == both[:1]


async def test_the_sandbox_collects_where_the_sandbox_is_the_bss(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, bss_url="", wechat_pay_merchant="", alipay_app_id="")
    assert await open_sources(settings) == [RechargeSource.SANDBOX]


async def test_only_who_takes_standing_orders_is_asked_for_them(tmp_path: Path) -> None:
    providers = open_providers(make_settings(tmp_path, bss_url=""))
    assert list(find_agreements(list(providers.values()))) == [RechargeSource.SANDBOX]
    for provider in providers.values():
        await provider.aclose()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("wechat_pay_api_key", "", "ONEHALL_WECHAT_PAY_MERCHANT is set, so ONEHALL_WECHAT_PAY_API_KEY must be too"),
        ("wechat_pay_api_key", "short", "an APIv3 key has 32 characters"),
        ("wechat_pay_private_key", "what is no key", "no RSA key in PEM"),
        ("wechat_pay_public_key_id", "5157", "begins with PUB_KEY_ID_"),
        ("alipay_seller_id", "", "ONEHALL_ALIPAY_APP_ID is set, so ONEHALL_ALIPAY_SELLER_ID must be too"),
        ("alipay_public_key", "what is no key", "no RSA key in PEM or base64"),
    ],
)
def test_half_a_merchant_is_refused_with_what_is_missing(tmp_path: Path, name: str, value: str, why: str) -> None:
    with pytest.raises(BadSettings, match=why) as refused:
        open_providers(make_settings(tmp_path, **{name: value}))
    assert "what is no key" not in str(refused.value)
