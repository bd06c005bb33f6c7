"""Do sums agree to the li in any world, whatever is used and whenever?"""

from typing import NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sandbox.app import create_app
from sandbox.bss.world import World
from tests.oracle.account import fetch_account
from tests.oracle.catalogue import fetch_catalogue
from tests.oracle.comparison import compare_account

pytestmark = pytest.mark.anyio

EARLIEST_MS, LATEST_MS = 1_767_196_800_000, 1_830_268_800_000  # 2026 and 2027
DAY_SECONDS = 86_400
SUBSCRIBERS = 24
HEAVY_ACCOUNT = "A000009"  # test_heavy_user


class Use(NamedTuple):
    """What is used after a pause."""

    pause_seconds: int
    kind: str
    amount: int
    abroad: bool


KINDS = st.sampled_from([("data", 30 * 1024**3), ("voice", 20_000), ("sms", 40), ("valueAdded", 3)])
PAUSES = st.integers(0, 20 * DAY_SECONDS)
USES = KINDS.flatmap(lambda kind: st.builds(Use, PAUSES, st.just(kind[0]), st.integers(1, kind[1]), st.booleans()))


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # shrinking would cost minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 2**31),
    born_ms=st.integers(EARLIEST_MS, LATEST_MS),
    index=st.integers(0, SUBSCRIBERS - 2),
    uses=st.lists(USES, max_size=6),
)
async def test_any_account_of_any_world_agrees(seed: int, born_ms: int, index: int, uses: list[Use]) -> None:
    world = World.open(seed=seed, subscribers=SUBSCRIBERS, now_ms=born_ms)
    transport = httpx.ASGITransport(create_app(world), raise_app_exceptions=False)
    try:
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://bss.example") as outside,
            httpx.AsyncClient(transport=transport, base_url="http://bss.example/tmf-api") as bss,
        ):
            found = await bss.get("/accountManagement/v4/billingAccount", params={"limit": str(SUBSCRIBERS)})
            ordinary = [item["id"] for item in found.json() if item["id"] != HEAVY_ACCOUNT]
            account_id = ordinary[index]
            number = (await fetch_account(bss, account_id)).lines[0].number
            for use in uses:
                await outside.post("/sandbox/clock", json={"advanceSeconds": use.pause_seconds})
                asked = {"number": number, "usageType": use.kind, "amount": use.amount, "roaming": use.abroad}
                assert (await outside.post("/sandbox/usage", json=asked)).status_code in {201, 409}
            account = await fetch_account(bss, account_id)
            assert compare_account(account, await fetch_catalogue(bss)) == []
    finally:
        world.store.close()
