"""The judges: other people's implementations of the providers' signatures, each in a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bss_adapters.payment.judging import Judge, serve_alipay_judge, serve_wechat_judge


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def wechat_judge(node_modules: Path) -> Iterator[Judge]:
    with serve_wechat_judge() as judge:
        yield judge


@pytest.fixture(scope="module")
def alipay_judge(node_modules: Path) -> Iterator[Judge]:
    with serve_alipay_judge() as judge:
        yield judge
