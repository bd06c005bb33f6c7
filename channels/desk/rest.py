"""How do operations let deeds rest, and go on?"""

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit
from channels.rendering import SHOWN_IN

ORDERS = ("prepareChange", "confirmChange", "cancelOrder")
MONEY = ("startRecharge", "redeemVoucher", "setAutoRecharge", "transferBalance")
REWARDS = ("redeemReward", "transferPoints", "chooseGift", "acceptInvitation")
OTHERS = (
    "disputeCharge", "requestInvoice", "shareBill", "resumeCharges", "openCallRecords", "exportCallRecords", "linkLine",
    "grantHelp", "askToHelp",
)  # fmt: skip
DEEDS = (*ORDERS, *MONEY, *REWARDS, *OTHERS)
"""What can rest by itself. What protects a customer never rests."""
GROUPS = {"all": ("*",), "orders": ORDERS, "money": MONEY}
FIELDS = {"what": 32, "begins": 16, "ends": 16, "reason_zh": 100, "reason_en": 100}
_SAID_HERE = ("bad_argument", "not_found")


async def rests(desk: Desk, visit: Visit) -> Response:
    """What rests and what will, and the form."""
    return await _show(desk, visit, {})


async def rest(desk: Desk, visit: Visit, form: Form) -> Response:
    """First what was chosen, to check; then it rests."""
    typed = {name: form.get(name, "")[:most].strip() for name, most in FIELDS.items()}
    begins, ends = _instant(typed["begins"], otherwise=datetime.now(UTC)), _instant(typed["ends"], otherwise=None)
    wrong = _find_wrong(typed, begins, ends)
    if wrong or begins is None:
        return await _show(desk, visit, typed, refused=Refused("bad_argument", {"name": wrong or "beginsAt"}))
    if form.get("step") != "rest":
        return await _show(desk, visit, typed, checking=form.get("step") == "check")
    given = {
        "deeds": list(GROUPS.get(typed["what"], (typed["what"],))),
        "beginsAt": begins.isoformat(),
        "endsAt": ends.isoformat() if ends else None,
        "reasonZh": typed["reason_zh"],
        "reasonEn": typed["reason_en"],
    }
    answer = await desk.do(visit, form, "rest_deeds", **given)
    if isinstance(answer, Refused):
        return await _say_no(desk, visit, typed, answer)
    return await _show(desk, visit, {}, done="rests")


async def go_on(desk: Desk, visit: Visit, form: Form) -> Response:
    """The deeds of a notice go on at once."""
    answer = await desk.do(visit, form, "end_rest", noticeId=form.get("id", "")[:64])
    if isinstance(answer, Refused):
        return await _say_no(desk, visit, {}, answer)
    return await _show(desk, visit, {}, done="goes_on")


def _find_wrong(typed: dict[str, str], begins: datetime | None, ends: datetime | None) -> str | None:
    """Which field can't be, if any."""
    if typed["what"] not in GROUPS and typed["what"] not in DEEDS:
        return "deeds"
    if begins is None:
        return "beginsAt"
    if typed["ends"] and (ends is None or ends <= begins):
        return "endsAt"
    return next((each for each in ("reason_zh", "reason_en") if len(typed[each]) < 2), None)


def _instant(typed: str, *, otherwise: datetime | None) -> datetime | None:
    """``2026-11-30T22:00`` of business time, as a browser's field writes it; blank is ``otherwise``."""
    if not typed:
        return otherwise
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=SHOWN_IN).astimezone(UTC)
    except ValueError:
        return None


async def _say_no(desk: Desk, visit: Visit, typed: dict[str, str], answer: Refused) -> Response:
    if answer.code not in _SAID_HERE:
        return desk.refuse(visit, answer)
    return await _show(desk, visit, typed, refused=answer)


async def _show(  # noqa: PLR0913  the faces of one page
    desk: Desk,
    visit: Visit,
    typed: dict[str, str],
    *,
    checking: bool = False,
    refused: Refused | None = None,
    done: str = "",
) -> Response:
    notices: Any = await desk.ask(visit, "resting_deeds", "restingDeeds")
    if isinstance(notices, Refused):
        return desk.refuse(visit, notices)
    facts = {
        "groups": tuple(GROUPS),
        "deeds": DEEDS,
        "typed": dict.fromkeys(FIELDS, "") | typed,
        "notices": notices,
        "checking": checking,
        "refused": refused,
        "done": done,
    }
    return desk.views.render("rest.html", visit, status=refused.status if refused else 200, **facts)
