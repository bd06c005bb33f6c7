"""Do the operator's people see what a campaign cost, and does a change of theirs count at once?"""

import json
from dataclasses import replace

import pytest

from loyalty.campaigns.document import parse_campaign, render_document
from loyalty.rules.campaign import Campaign
from tests.loyalty.grants.fair import PACK, TEN, THIRTY, Fair, make_campaign

pytestmark = pytest.mark.anyio


async def test_a_campaign_says_what_it_cost_and_what_is_left(fair: Fair) -> None:
    await fair.run(make_campaign(TEN, replace(PACK, stock=5), budget_fen=9000))
    for number in range(3):
        await fair.recharge(f"R{number}", line_id=f"L{number}")
    (standing,) = await fair.desk.fetch_standings()
    assert (standing.count, standing.cost_fen, standing.budget_fen) == (3, 4500, 9000)
    assert standing.stock == {"ten": (3, None), "pack": (3, 5)}
    assert (standing.is_on, standing.switched_by) == (True, "staff:1001")


async def test_a_new_campaign_is_off_until_somebody_switches_it_on(fair: Fair) -> None:
    fair.documents["spring"] = make_campaign(TEN)
    assert await fair.desk.put_campaign(make_campaign(TEN), "spring", by="staff:1001") == 1
    await fair.recharge("R1")
    assert await fair.grants() == []
    assert await fair.desk.switch("spring", on=True, by="staff:1002")
    assert not await fair.desk.switch("spring", on=True, by="staff:1002")
    await fair.recharge("R2")
    assert len(await fair.grants()) == 1


async def test_a_version_is_never_changed_and_the_next_one_counts_at_once(fair: Fair) -> None:
    await fair.run(make_campaign(TEN))
    await fair.recharge("R1")
    await fair.run(make_campaign(THIRTY))
    await fair.recharge("R2")
    versions = [(row.version, row.reward_key) for row in await fair.grant_rows()]
    assert sorted(versions) == [(1, "ten"), (2, "thirty")]
    decided = sorted(json.loads(row.given)[0]["version"] for row in await fair.decisions())
    assert decided == [1, 2]
    kept = await fair.desk.fetch_versions("spring")
    assert [each.version for each in kept] == [1, 2]
    assert len({each.digest for each in kept}) == 2


async def test_the_same_document_is_no_new_version(fair: Fair) -> None:
    fair.documents["spring"] = make_campaign(TEN)
    for _ in range(2):
        assert await fair.desk.put_campaign(make_campaign(TEN), "spring", by="staff:1001") == 1


async def test_a_switch_for_a_campaign_that_is_not_there_is_no_switch(fair: Fair) -> None:
    with pytest.raises(LookupError):
        await fair.desk.switch("nothing", on=True, by="staff:1001")


async def test_a_document_as_it_is_written_earns_what_it_says(fair: Fair) -> None:
    """The real reader of documents, from the desk to the operator."""

    def read_campaign(text: str) -> Campaign:
        found = parse_campaign(text)
        assert isinstance(found, Campaign), found
        return found

    real = Fair(fair.engine, read_campaign=read_campaign)
    document = render_document(make_campaign(TEN, PACK, budget_fen=9000))
    await real.desk.put_campaign(read_campaign(document), document, by="staff:1001")
    await real.desk.switch("spring", on=True, by="staff:1001")
    await real.recharge("R1")
    assert {grant.reward.key for grant in await real.grants() if grant.reward} == {"ten", "pack"}
    await real.judge(at_rest=True)
