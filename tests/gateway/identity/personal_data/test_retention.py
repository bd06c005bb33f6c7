"""Is what is over really deleted, in its time and not before, by one worker?"""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import true, update
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.consent.tables import consent_word
from gateway.identity.contact import desk as contact_desk
from gateway.identity.people.tables import helper_permission, line_link
from gateway.identity.personal_data import periods
from gateway.identity.personal_data.desk import SqlPersonalData
from gateway.identity.personal_data.kinds import KINDS, NOBODYS
from gateway.identity.personal_data.retention import FORGET_EVERY, ROWS_IN_A_BATCH, forget_by_schedule
from gateway.identity.personal_data.tables import personal_data_request
from gateway.identity.tables import to_us
from graphql_schema.identity_ports import Deed
from graphql_schema.types.consent import ConsentPurpose
from graphql_schema.types.personal_data import PersonalDataKind
from notifications import counters
from notifications.alert_tables import alert, inbox_message
from notifications.sms_rows import SmsLimits

from .conftest import LONG_AGO, NUMBER, OWNER, Hire, Watch, count_rows, end_nothing, fill_every_table

PAGE = Path(__file__).parents[4] / "docs" / "operate" / "personal-data.md"
SMS = ConsentPurpose.MARKETING_SMS


async def add_alerts(engine: AsyncEngine, count: int, *, state: str = "said") -> None:
    at_us = to_us(LONG_AGO)
    ended_at_us = at_us if state != "due" else None
    base = {"name": "usage_threshold", "line_id": "L1", "facts": {}, "step": 80, "attempts": 1, "free_at_us": at_us}
    rows = [
        base | {"topic": f"{state}-{number}", "state": state, "created_at_us": at_us, "ended_at_us": ended_at_us}
        for number in range(count)
    ]
    async with write(engine) as connection:
        await connection.execute(alert.insert(), rows)


@pytest.mark.anyio
async def test_alerts_and_the_inbox_are_kept_for_their_period_and_no_longer(engine: AsyncEngine, watch: Watch) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    await add_alerts(engine, 3, state="due")
    watch.moment += periods.ALERTS
    done = await forget_by_schedule(engine, now=watch())
    assert (done["alerts"], done["inbox"]) == (0, 0)
    watch.moment += FORGET_EVERY
    done = await forget_by_schedule(engine, now=watch())
    assert (done["alerts"], done["inbox"]) == (1, 1)
    assert await count_rows(engine, alert, true()) == 3, "what was not said yet is not over"
    assert await count_rows(engine, inbox_message, true()) == 0


@pytest.mark.anyio
async def test_more_than_a_batch_goes_in_one_run(engine: AsyncEngine, watch: Watch) -> None:
    await add_alerts(engine, 2 * ROWS_IN_A_BATCH + 1)
    watch.advance(days=400)
    assert (await forget_by_schedule(engine, now=watch()))["alerts"] == 2 * ROWS_IN_A_BATCH + 1


@pytest.mark.anyio
async def test_of_workers_that_ask_at_once_one_forgets(engine: AsyncEngine, watch: Watch) -> None:
    done = await asyncio.gather(*(forget_by_schedule(engine, now=watch()) for _ in range(6)))
    assert sum(1 for each in done if each) == 1


@pytest.mark.anyio
async def test_consents_that_are_over_go_with_the_rest(engine: AsyncEngine, watch: Watch) -> None:
    ledger = SqlConsentLedger(engine, now=watch, end_client_sessions=end_nothing)
    await ledger.record(Deed("D1", OWNER), SMS, given=True)
    await ledger.record(Deed("D2", OWNER), SMS, given=False)
    watch.moment += periods.CONSENTS + timedelta(days=1)
    assert (await forget_by_schedule(engine, now=watch()))["consents"] == 2
    assert await count_rows(engine, consent_word, true()) == 0


@pytest.mark.anyio
async def test_requests_are_kept_for_half_a_year_after_they_ended(
    engine: AsyncEngine, desk: SqlPersonalData, hire: Hire, watch: Watch
) -> None:
    await desk.request(Deed("D1", OWNER), PersonalDataKind.EXPORT)
    await hire().work_on_requests()
    await desk.request(Deed("D2", OWNER), PersonalDataKind.ERASURE)
    watch.moment += periods.REQUESTS
    assert (await forget_by_schedule(engine, now=watch()))["requests"] == 0
    watch.advance(days=1)
    assert (await forget_by_schedule(engine, now=watch()))["requests"] == 1
    assert await count_rows(engine, personal_data_request, true()) == 1, "what has not ended is not over"


@pytest.mark.anyio
async def test_links_and_leaves_to_help_are_kept_for_a_while_after_they_ended(
    engine: AsyncEngine, watch: Watch
) -> None:
    for line_id in ("L1", "L2", "L3"):
        await fill_every_table(engine, line_id, NUMBER + line_id)
    ended = {"state": "ended", "ended_at_us": to_us(LONG_AGO)}
    refused = {"state": "refused", "ended_at_us": None, "answered_at_us": None, "until_us": to_us(LONG_AGO)}
    living = {"state": "active", "ended_at_us": None, "until_us": to_us(LONG_AGO)}
    async with write(engine) as connection:
        for line_id, values in (("L1", ended), ("L2", refused), ("L3", living)):
            mine = helper_permission.c.owner_line_id == line_id
            await connection.execute(update(helper_permission).where(mine).values(**values))
        standing = line_link.c.owner_line_id == "L3"
        await connection.execute(update(line_link).where(standing).values(ended_at_us=None))
    watch.moment += periods.PEOPLE
    done = await forget_by_schedule(engine, now=watch())
    assert (done["helpers"], done["linked_lines"]) == (0, 0)
    watch.moment += FORGET_EVERY
    done = await forget_by_schedule(engine, now=watch())
    assert (done["helpers"], done["linked_lines"]) == (2, 2)
    for table in (helper_permission, line_link):
        assert await count_rows(engine, table, table.c.owner_line_id == "L3") == 1


@pytest.mark.parametrize("name", [*(kind.name for kind in KINDS), *NOBODYS])
def test_the_operators_page_says_what_becomes_of_each_kind_and_table(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8"), f"docs/operate/personal-data.md has no row for {name}"


def test_the_operators_page_and_the_code_have_the_same_periods() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in periods.__all__:
        period: timedelta = getattr(periods, name)
        stated = f"{period.days} d" if period.days > 1 else f"{period // timedelta(hours=1)} h"
        assert f"| {name} | {stated} |" in page, f"docs/operate/personal-data.md: | {name} | {stated} |"


def test_periods_are_those_of_the_parts_that_keep_them() -> None:
    assert periods.PEOPLE >= periods.CONSENTS
    assert periods.CONTACTS == contact_desk.KEPT
    assert timedelta(seconds=SmsLimits().keep_seconds) == periods.TEXTS
    assert periods.USAGE > counters.KEEP, "an event that is told again is recognised for as long as it can be"
