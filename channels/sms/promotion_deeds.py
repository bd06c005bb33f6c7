"""What does a text do about promotions: say which run, what a recharge would earn, and who invited whom?"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from channels.rendering import to_local
from channels.sms.asking import Asking, Heard
from channels.sms.memory import Memory
from channels.sms.proof import Proofs
from channels.sms.segments import count_parts
from graphql_schema.client import Caller

Said = tuple[str, Memory]

PARTS_MOST, LIST_PARTS_MOST = 3, 4
FAR = timedelta(days=365)
"""What ends later is told without its end: a day without its year would be another one."""
LISTED_MOST = 8
_YUAN = re.compile(r"[¥￥]?([0-9]{1,7}(?:\.[0-9]{1,2})?)(?:元|yuan)?")


async def promotions(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """HD names the promotions that run; HD#amount says what a recharge of so many yuan would earn now."""
    amount = read_amount(arguments)
    if amount is not None:
        me = await asking.ask_me("reward_forecast", caller, "rewardForecast", amount=str(amount))
        forecast = me["rewardForecast"]
        said = _fit("reward_forecast", forecast["rewards"], heard, asking, forecast=forecast)
    else:
        running = (await asking.ask_me("promotions", caller, "promotions"))["promotions"]
        told = [_date(each, heard.now) for each in running]
        said = _fit("promotions", told, heard, asking, parts_most=LIST_PARTS_MOST)
    return said, heard.memory


async def invitation(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """YQ tells the line's own code, YQ#code says who invited it (both level 2). Codes have capitals, and what is read
    of a text has none."""
    if not arguments:
        me = await asking.ask_me("referral", caller, "referral")
        return asking.word("referral", heard, referral=me["referral"]), heard.memory
    accepted = await asking.do("accept_invitation", caller, heard, code=arguments[0].upper())
    return asking.word("invitation", heard, invitation=accepted), heard.memory


def read_amount(arguments: Sequence[str]) -> Decimal | None:
    """``100``, ``100元``, ``￥50.5``; None for what is no amount."""
    found = _YUAN.fullmatch("".join(arguments))
    return Decimal(found[1]) if found else None


def _date(promotion: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A promotion with the day on which it ``begins`` (None: it runs), the last on which it runs (``until``; None: that
    is far), and whether something of it is chosen."""
    begins_at, ends_at = (datetime.fromisoformat(promotion[name]) for name in ("beginsAt", "endsAt"))
    return {
        **promotion,
        "begins": to_local(begins_at).date() if begins_at > now else None,
        "until": to_local(ends_at - datetime.resolution).date() if ends_at - now <= FAR else None,
        "choice": any(tier["isChoice"] and len(tier["rewards"]) > 1 for tier in promotion["tiers"]),
    }


def _fit(
    sentence: str,
    told: Sequence[Any],
    heard: Heard,
    asking: Asking,
    *,
    parts_most: int = PARTS_MOST,
    **facts: Any,  # noqa: ANN401
) -> str:
    """The sentence with as many of these as its parts hold; the web shows them all."""
    for most in range(min(LISTED_MOST, len(told)), -1, -1):
        said = asking.word(sentence, heard, told=told[:most], more=most < len(told), **facts)
        if count_parts(said) <= parts_most:
            break
    return said


DEEDS: tuple[Callable[[Asking, Proofs, Caller, tuple[str, ...], Heard], Awaitable[Said]], ...] = (
    promotions,
    invitation,
)
