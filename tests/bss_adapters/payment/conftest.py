"""The judges: other people's implementations of the providers' signatures, each in a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bss_adapters.payment.judging import (
    ALIPAY_APP,
    API_KEY,
    APP_ID,
    MERCHANT,
    PLATFORM_SERIAL,
    SELLER,
    SERIAL,
    Judge,
    make_pair,
    serve_judge,
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def wechat_judge(node_modules: Path) -> Iterator[Judge]:
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
    with serve_judge("wechat_pay_judge.mjs", keys) as judge:
        yield judge


@pytest.fixture(scope="module")
def alipay_judge(node_modules: Path) -> Iterator[Judge]:
    keys = {
        "appId": ALIPAY_APP,
        "sellerId": SELLER,
        "appPublicKey": make_pair("merchant").public,
        "appPrivateKey": make_pair("merchant").private,
        "alipayPrivateKey": make_pair("platform").private,
        "alipayPublicKey": make_pair("platform").public,
        "strangerKey": make_pair("stranger").private,
    }
    with serve_judge("alipay_judge.mjs", keys) as judge:
        yield judge
