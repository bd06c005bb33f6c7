"""Does a runaway month reach its owner as a text, and does the answer to it stop what runs?"""

from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from gateway.database import read, write
from notifications.alert_tables import alert
from notifications.spending_looks import SPENDING_UNUSUAL
from notifications.tables import outbound_sms
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

ORDINARY = "13800138001"
GIBIBYTE = 1024**3
MINUTE_US = timedelta(minutes=1) // timedelta(microseconds=1)
_messages = count(1)


async def use_data(house: House, amount: int) -> httpx.Response:
    body = {"number": ORDINARY, "usageType": "data", "amount": amount}
    return await house.levers.post("/sandbox/usage", json=body)


async def tell(house: House, usage: dict[str, Any]) -> None:
    token = (house.hall.settings.data_folder / "keys" / "hub").read_text()
    event = {"eventId": "1", "eventType": "UsageCreateEvent", "event": {"usage": usage}}
    answer = await house.gateway.post(f"/bss/{token}/listener/usageCreateEvent", json=event)
    assert answer.status_code == 204


async def look(house: House) -> list[str]:
    """What was texted of unusual spending once the sweep came by, a minute after the fee."""
    async with write(house.hall.engine) as connection:
        asked = alert.c.name == SPENDING_UNUSUAL
        await connection.execute(update(alert).where(asked).values(free_at_us=alert.c.free_at_us - MINUTE_US))
    for alert_id in await house.hall.outbox.fetch_due():
        await house.hall.outbox.say(alert_id)
    async with read(house.hall.engine) as connection:
        texts = (await connection.execute(select(outbound_sms.c.text).order_by(outbound_sms.c.id))).scalars().all()
    return [text for text in texts if "【消费提醒】" in text]


async def text(house: House, words: str) -> str:
    return (await house.sms.answer(ORDINARY, words, message_id=f"spending-{next(_messages)}")).text


async def test_spending_far_above_the_usual_is_told_once_and_stops_at_the_owners_word(house: House) -> None:
    headers = await house.sign_in(ORDINARY)
    small = (await use_data(house, 20 * GIBIBYTE)).raise_for_status().json()
    brake = (await house.ask("ChargeBrake", headers))["data"]["me"]["chargeBrake"]
    while not brake["offered"]:
        small = (await use_data(house, 20 * GIBIBYTE)).raise_for_status().json()
        brake = (await house.ask("ChargeBrake", headers))["data"]["me"]["chargeBrake"]
    assert await look(house) == []
    for _ in range(2):
        await tell(house, small)
    [said] = await look(house)
    assert f"{brake['spent']['amount']}元" in said
    assert "TYKF" in said
    await tell(house, (await use_data(house, GIBIBYTE)).raise_for_status().json())
    assert await look(house) == [said]
    inbox = (await house.ask("Inbox", headers))["data"]["me"]["inbox"]
    assert [message["topic"] for message in inbox] == ["SPENDING_UNUSUAL"]
    await text(house, "TYKF")
    await text(house, "是")
    used = (await house.ask("ChargeBrake", headers))["data"]["me"]["chargeBrake"]
    assert "OUT_OF_BUCKET" in used["paused"]
    refused = await use_data(house, 20 * GIBIBYTE)
    after = (await house.ask("ChargeBrake", headers))["data"]["me"]["chargeBrake"]
    assert (refused.status_code, after["spent"]) == (409, used["spent"])


async def test_usual_spending_is_not_told(house: House) -> None:
    fee = (
        await house.levers.post("/sandbox/usage", json={"number": ORDINARY, "usageType": "valueAdded", "amount": 1})
    ).raise_for_status()
    assert fee.json()["ratedProductUsage"][0]["taxIncludedRatingAmount"]["value"] > 0
    await tell(house, fee.json())
    assert await look(house) == []
    async with read(house.hall.engine) as connection:
        assert (await connection.execute(select(alert.c.id))).all() == []
