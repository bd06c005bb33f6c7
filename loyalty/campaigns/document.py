"""How is a campaign written (TMF671 v4 Promotion, with our extensions), and what is wrong with one that is refused?

Ours, beside TMF's members: ``version``, ``nameEn``, ``happening``, ``clawbackMonths``, ``channelException``; in the one
pattern ``tier``, ``exclusionGroup``, ``stackable``, ``limit`` and ``budget``; in an action ``name``, ``nameEn``,
``cost``, ``stock``, ``release``, ``usableFor``, ``validDays``, ``months`` and ``prize``. Amounts are texts in yuan.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from loyalty.campaigns.check import check_campaign
from loyalty.campaigns.check_beside import check_beside
from loyalty.campaigns.document_criteria import CHANNELS, take_annotations
from loyalty.campaigns.document_members import Members, render_instant
from loyalty.campaigns.document_pattern import Pattern, parse_pattern, parse_tier, render_pattern, render_tier
from loyalty.campaigns.document_rewards import KEY
from loyalty.campaigns.document_text import Fault, Node, Unreadable, read_text
from loyalty.rules.campaign import Campaign, ChannelException
from loyalty.rules.effects import Clawback
from loyalty.rules.facts import HappeningKind

KINDS: Final = {kind.value: kind for kind in HappeningKind}
ON, OFF = "release", "suspend"


def parse_campaign(text: str, *, beside: Collection[Campaign] = ()) -> Campaign | tuple[Fault, ...]:
    """The campaign, or every fault by line. ``beside`` are those that it will stand beside: of its exclusion group none
    may have its priority at the same time (another version of it may)."""
    try:
        root = read_text(text)
    except Unreadable as unreadable:
        return (unreadable.fault,)
    faults: list[Fault] = []
    campaign = _read(Members(root, faults))
    misread = [fault.pointer for fault in faults]
    found = (*check_campaign(campaign, misread), *check_beside(campaign, beside))
    faults += [Fault(_find_line(root, wrong.pointer), wrong.pointer, wrong.code, wrong.parameters) for wrong in found]
    return tuple(sorted(faults, key=lambda fault: fault.line)) if faults else campaign


def read_campaign(text: str) -> Campaign:
    """A campaign that was checked before it was kept. ValueError: it was not."""
    campaign = parse_campaign(text)
    if isinstance(campaign, tuple):
        raise ValueError(f"not a campaign: {campaign[0]}")
    return campaign


def render_document(campaign: Campaign) -> str:
    """The text that is read as this campaign."""
    written = {
        "@type": "Campaign",
        "@baseType": "Promotion",
        "id": campaign.id,
        "version": campaign.version,
        "name": campaign.name_zh,
        "nameEn": campaign.name_en,
        "promotionType": "Award",
        "lifecycleStatus": ON if campaign.is_on else OFF,
        "validFor": {
            "startDateTime": render_instant(campaign.begins_at),
            "endDateTime": render_instant(campaign.ends_at),
        },
        "happening": sorted(campaign.kinds),
        "clawbackMonths": campaign.clawback.months,
        "pattern": [render_pattern(campaign)],
        "channelException": [_write_exception(exception) for exception in campaign.exceptions],
    }
    return json.dumps(written, ensure_ascii=False, indent=2) + "\n"


def _read(promotion: Members) -> Campaign:
    """As far as it could be read: what could not was refused, and stands as nothing."""
    _take_ignored(promotion)
    begins_at, ends_at = _read_period(promotion)
    pattern = _read_pattern(promotion)
    campaign = Campaign(
        id=promotion.text("id", needed=True, pattern=KEY) or "",
        version=promotion.whole("version", least=1) or 1,
        name_zh=promotion.text("name", needed=True) or "",
        name_en=promotion.text("nameEn", needed=True) or "",
        kinds=frozenset(_read_kinds(promotion)),
        begins_at=begins_at or datetime.min.replace(tzinfo=UTC),
        ends_at=ends_at or datetime.max.replace(tzinfo=UTC),
        rewards=pattern.rewards,
        tiers=pattern.tiers,
        groups=pattern.groups,
        relation=pattern.relation,
        exclusion_group=pattern.exclusion_group,
        priority=pattern.priority,
        is_stackable=pattern.is_stackable,
        limits=pattern.limits,
        budget_fen=pattern.budget_fen,
        clawback=Clawback(promotion.whole("clawbackMonths", most=120) or 0),
        exceptions=tuple(_read_exceptions(promotion)),
        is_on=promotion.word("lifecycleStatus", (ON, OFF)) != OFF,
    )
    promotion.close()
    return campaign


def _take_ignored(promotion: Members) -> None:
    take_annotations(promotion)
    for name in ("href", "description", "lastUpdate"):
        promotion.text(name)
    promotion.word("promotionType", ("Award",))


def _read_period(promotion: Members) -> tuple[datetime | None, datetime | None]:
    period = promotion.members("validFor", needed=True)
    if period is None:
        return None, None
    ends = period.instant("startDateTime", needed=True), period.instant("endDateTime", needed=True)
    period.close()
    return ends


def _read_kinds(promotion: Members) -> Iterator[HappeningKind]:
    for node in promotion.elements("happening", needed=True):
        if isinstance(node.value, str) and node.value in KINDS:
            yield KINDS[node.value]
        else:
            promotion.refuse(node, "not_one_of", words=",".join(sorted(KINDS)))


def _read_pattern(promotion: Members) -> Pattern:
    for node in promotion.elements("pattern", needed=True, most=1):
        return parse_pattern(Members(node, promotion.faults))
    return Pattern()


def _read_exceptions(promotion: Members) -> Iterator[ChannelException]:
    for node in promotion.elements("channelException"):
        exception = Members(node, promotion.faults)
        face = exception.members("onItsFace")
        if face is None:
            exception.refuse(None, "not_on_its_face")
        yield ChannelException(
            channel=exception.word("channel", CHANNELS, needed=True) or "",
            face_zh=(face and face.text("zh", needed=True)) or "",
            face_en=(face and face.text("en", needed=True)) or "",
            begins_at=exception.instant("startDateTime"),
            tiers=tuple(parse_tier(Members(tier, promotion.faults)) for tier in exception.elements("tier")),
        )
        if face is not None:
            face.close()
        exception.close()


def _write_exception(exception: ChannelException) -> dict[str, Any]:
    written: dict[str, Any] = {
        "channel": exception.channel,
        "onItsFace": {"zh": exception.face_zh, "en": exception.face_en},
        "tier": [render_tier(tier) for tier in exception.tiers],
    }
    return written if exception.begins_at is None else written | {"startDateTime": render_instant(exception.begins_at)}


def _find_line(root: Node, pointer: str) -> int:
    """The line of what a pointer names, or of the nearest thing around it."""
    node = root
    for name in pointer.split("/")[1:]:
        if isinstance(node.value, tuple) and int(name) < len(node.value):
            node = node.value[int(name)]
        elif isinstance(node.value, Mapping) and name in node.value:
            node = node.value[name]
        else:
            break
    return node.line
