"""Does each part forget what is over, whatever happens to another?"""

from types import SimpleNamespace
from typing import cast

import pytest

from gateway import forgetting
from gateway.database import DatabaseFault
from gateway.wiring import Hall

pytestmark = pytest.mark.anyio


class Part:
    """Notes that it was asked to forget; ``broken`` parts can't."""

    def __init__(self, done: list[str], name: str, *, broken: bool) -> None:
        self._done, self._name, self._broken = done, name, broken

    async def forget(self) -> None:
        self._done.append(self._name)
        if self._broken:
            raise DatabaseFault("it is gone")

    forget_old = forget_days = forget_months = forget_deliveries = forget


@pytest.mark.parametrize("broken", ["", "texts", "exports", "links", "months", "deliveries"])
async def test_one_part_that_fails_keeps_no_other_from_forgetting(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    done: list[str] = []

    async def forget_of_identity(_: object) -> None:
        done.append("identity")

    monkeypatch.setattr(forgetting, "forget_of_identity", forget_of_identity)
    names = ("texts", "counters", "exports", "links", "days", "months", "deliveries")
    texts, counters, exports, links, days, months, rewards = (Part(done, name, broken=name == broken) for name in names)
    statements = SimpleNamespace(exports=exports, shares=links)
    deals = SimpleNamespace(transfers=days, auto_work=months)
    hall = SimpleNamespace(
        sms_queue=texts, counters=counters, statements=statements, deals=deals, rewards=rewards, identity=None
    )
    await forgetting.forget_all(cast(Hall, hall))
    assert done == [*names, "identity"]
