"""In which states do points, the mall, promotions, rewards and invitations have to be shown?"""

from collections.abc import Sequence
from typing import Any, Literal

from graphql_schema.client import GraphError, Outcome
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import reward_facts as won
from tests.channels.web_hall.order_facts import text
from tests.channels.web_hall.reward_facts import obstacle
from tests.channels.web_hall.state import State

_Typed = dict[str, str]
_HERE = {"person": "王小明", "phone": "138 0013 8001", "address": "北京市海淀区中关村大街 1 号 2 单元 301"}
_GOODS, _PACK, _VOUCHER = won.ITEMS[4], won.ITEMS[0], won.ITEMS[3]


def _give(
    name: str, word: str = "", status: int = 422, *, deed: str = "send", count: str = "300", **given: Any
) -> State:
    answers = {"points_transfer": won.short_points()}
    if word:
        answers["transfer_points"] = known.said("transferPoints", word, **given)
    form = {"number": "13900000001", "points": count, "deed": deed}
    return State(f"points-transfer-{name}", "/points/transfer", answers, form=form, status=status)


def _item(name: str, outcome: Outcome, status: int = 200, code: str = "HF10") -> State:
    return State(f"reward-{name}", f"/rewards/{code}", {"reward": outcome}, status=status)


def _redeem(
    name: str,
    found: won.Facts,
    word: str = "",
    status: int = 422,
    /,
    *,
    typed: dict[str, str] | None = None,
    **given: Any,
) -> State:
    answers = {"reward": won.preview(found)} | (
        {"redeem_reward": known.said("redeemReward", word, **given)} if word else {}
    )
    form = {"deed": "send" if word else "check", "points": str(found["points"])} | (typed or {})
    return State(f"reward-{name}", f"/rewards/{found['code']}", answers, form=form, status=status)


def _redemption(name: str, found: won.Facts) -> State:
    return State(f"redemption{name}", f"/redemptions/{found['id']}", {"redemption": won.redemption(found)})


def _grant(name: str, found: won.Facts, query: str = "") -> State:
    return State(f"grant{name}", f"/grants/{found['id']}{query}", {"grant": won.grant(found)})


def _choose(name: str, word: str = "", status: int = 422, *, typed: dict[str, str], **given: Any) -> State:
    answers = {"grant": won.grant(won.CHOOSING)} | (
        {"choose_gift": known.said("chooseGift", word, **given)} if word else {}
    )
    form = {"deed": "send" if word else "check"} | typed
    return State(f"grant-{name}", "/grants/G2", answers, form=form, status=status)


def _invited(
    name: str, who: Literal["customer", "visitor", "helper"] = "customer", outcome: Outcome | None = None
) -> State:
    unknown = {"visitor": GraphError("sign_in_required", ("me",)), "helper": GraphError("field_not_declared", ("me",))}
    usual = won.invited("OTHERONE") if who == "customer" else won.invited(None, error=unknown[who])
    return State(f"invited{name}", "/invited/H7K4M9QX", {"invited": outcome or usual}, who)


def _accept(name: str, word: str, status: int = 422, **given: Any) -> State:
    answers = {
        "invited": won.invited("OTHERONE"),
        "accept_invitation": known.said("acceptInvitation", word, **given),
    }
    return State(f"invited-{name}", "/invited/H7K4M9QX", answers, form={"deed": "send"}, status=status)


def _refused(*obstacles: won.Facts) -> dict[str, Sequence[won.Facts]]:
    return {"obstacles": list(obstacles)}


_NO_STARS = won.points(held=0, owed=120, available=0, stars=None, starsUntil=None, factor=None, expiring=[])
REWARD_STATES: tuple[State, ...] = (
    State("points", "/points", {"points": won.points()}),
    State("points-empty", "/points", {"points": _NO_STARS}),
    State("points-elsewhere", "/points", {"points": won.points(held=0, redeemable=False, stars=None, factor=None)}),
    State("points-stale", "/points", {"points": Outcome(facts.stale(won.points().data))}),
    State("points-error", "/points", {"points": facts.refused("unexpected", "me", "points")}, status=503),
    State("points-too-many", "/points", {"points": facts.refused("line_overloaded", "me", "points")}, status=503),
    State("points-helper", "/points", who="helper", status=403),
    State("points-month", "/points/month", {"points_month": won.month(*won.ENTRIES)}),
    State("points-month-long", "/points/month", {"points_month": won.month(*won.ENTRIES, unlisted=-60)}),
    State("points-month-empty", "/points/month?month=2026-11", {"points_month": won.month(opening=2680)}),
    State(
        "points-month-partial",
        "/points/month",
        {"points_month": facts.without(won.month(*won.ENTRIES), {"points": "unexpected"})},
    ),
    State(
        "points-month-kinds",
        "/points/month",
        {"points_month": won.month(*[
            won.entry(number + 1, kind, 10, 100 + 10 * number, None)
            for number, kind in enumerate(("TRANSFERRED_IN", "RETURNED", "TAKEN_BACK", "MOVED"))
        ], opening=90)},
    ),
    State(
        "points-month-gone",
        "/points/month?month=2001-01",
        {"points_month": facts.refused("month_not_kept", "me", "pointsMonth")},
        status=404,
    ),
    State(
        "points-month-error", "/points/month", {"points_month": facts.refused("unexpected", "me", "pointsMonth")},
        status=503,
    ),
    State("points-transfer", "/points/transfer", {"points_transfer": won.short_points()}),
    State("points-transfer-none", "/points/transfer", {"points_transfer": won.short_points(available=0)}),
    State("points-transfer-elsewhere", "/points/transfer", {"points_transfer": won.short_points(redeemable=False)}),
    State(
        "points-transfer-error", "/points/transfer", {"points_transfer": facts.refused("unexpected", "me", "points")},
        status=503,
    ),
    _give("check", status=200, deed="check"),
    _give("points", deed="check", count="1.5"),
    State(
        "points-transfer-number", "/points/transfer", {"points_transfer": won.short_points()},
        form={"number": "", "points": "300", "deed": "check"}, status=422,
    ),
    _give("few", "RedemptionRefused", **_refused(obstacle("TOO_FEW_POINTS", missing=120))),
    _give("not-own", "NotFound"),
    _give(
        "done", "PointsTransferred", 200, id="9b21c4d0", maskedNumber="139****0001", points=300, available=2380
    ),
    State("rewards", "/rewards", {"rewards": won.mall(*won.ITEMS)}),
    State("rewards-empty", "/rewards", {"rewards": won.mall()}),
    State(
        "rewards-elsewhere",
        "/rewards",
        {"rewards": won.mall(*[each | {"obstacles": [obstacle("POINTS_ELSEWHERE")]} for each in won.ITEMS[:4]],
                             redeemable=False)},
    ),
    State(
        "rewards-kept", "/rewards", {"rewards": won.mall(won.ITEMS[0] | {"obstacles": won.EVERY_OBSTACLE}, available=0)}
    ),
    State(
        "rewards-partial", "/rewards", {"rewards": facts.without(won.mall(*won.ITEMS), {"points": "unexpected"})}
    ),
    State("rewards-stale", "/rewards", {"rewards": Outcome(facts.stale(won.mall(*won.ITEMS[:1]).data))}),
    State("rewards-error", "/rewards", {"rewards": facts.refused("unexpected", "me", "rewardItems")}, status=503),
    _item("credit", won.preview(_PACK, amount="10", usableUntil="2027-11-21")),
    _item("goods", won.preview(_GOODS), code="BWB"),
    _item("voucher", won.preview(_VOUCHER), code="KF"),
    _item("donation", won.preview(won.ITEMS[6]), code="AX"),
    _item("kept", won.preview(won.ITEMS[5]), code="ES"),
    _item("limit", won.preview(won.ITEMS[2]), code="LL1G"),
    _item("every-obstacle", won.preview(_PACK | {"obstacles": won.EVERY_OBSTACLE})),
    _item("unknown", facts.refused("not_found", "me", "redemptionPreview"), 404),
    _item("error", facts.refused("unexpected", "me", "redemptionPreview"), 503),
    _redeem("check", _PACK, "", 200),
    _redeem("check-goods", _GOODS, "", 200, typed=_HERE),
    _redeem("edit", _GOODS, "", 200, typed=_HERE | {"deed": "edit"}),
    _redeem("no-person", _GOODS, typed=_HERE | {"person": " "}),
    _redeem("no-phone", _GOODS, typed=_HERE | {"phone": "call me"}),
    _redeem("no-address", _GOODS, typed=_HERE | {"address": "家"}),
    _redeem("bad-address", _GOODS, "BadInput", typed=_HERE, name="delivery.address"),
    _redeem("changed", _PACK, "RedemptionRefused", **_refused(obstacle("ITEM_CHANGED"))),
    _redeem("too-few", _PACK, "RedemptionRefused", **_refused(obstacle("TOO_FEW_POINTS", missing=1), obstacle("OWES"))),
    _redeem("gone", _PACK, "NotFound", 404),
    State(
        "redemptions",
        "/redemptions",
        {"redemptions": won.redemptions(
            won.WORKING | {"late": True}, won.SENT, won.VOUCHER, won.REDEMPTION,
            won.REDEMPTION | {"state": "RELEASED"}, won.ARRIVED | {"state": "RETURNING"},
            won.ARRIVED | {"state": "RETURNED"},
        )},
    ),
    State("redemptions-empty", "/redemptions", {"redemptions": won.redemptions()}),
    State("redemptions-many", "/redemptions", {"redemptions": won.redemptions(*[won.REDEMPTION] * 50)}),
    State(
        "redemptions-error", "/redemptions", {"redemptions": facts.refused("unexpected", "me", "redemptions")},
        status=503,
    ),
    _redemption("", won.REDEMPTION),
    _redemption("-voucher", won.VOUCHER),
    _redemption("-working", won.WORKING),
    _redemption("-late", won.WORKING | {"late": True}),
    _redemption("-sending", won.SENT | {"state": "WORKING", "tracking": None}),
    _redemption("-sent", won.SENT),
    _redemption("-arrived", won.ARRIVED),
    _redemption("-released", won.WORKING | {"state": "RELEASED", "doneAt": won.LATER}),
    _redemption("-returning", won.ARRIVED | {"state": "RETURNING", "returnableUntil": None}),
    _redemption("-returned", won.ARRIVED | {"state": "RETURNED", "returnableUntil": None}),
    State(
        "redemption-unknown", "/redemptions/x", {"redemption": facts.refused("not_found", "me", "redemption")},
        status=404,
    ),
    State("promotions", "/promotions", {"promotions": won.promotions(won.PROMOTION, won.ON_TIME, won.FRIENDS)}),
    State("promotions-order", "/promotions", {"promotions": won.promotions(won.ORDERED)}),
    State("promotions-empty", "/promotions", {"promotions": won.promotions()}),
    State(
        "promotions-error", "/promotions", {"promotions": facts.refused("unexpected", "me", "promotions")}, status=503
    ),
    State(
        "grants",
        "/grants",
        {"grants": won.grants(won.CHOOSING, won.GRANT, won.WITH_CODE, won.TAKEN, won.GRANTING, won.REFUSED, won.DRAWN)},
    ),
    State("grants-empty", "/grants", {"grants": won.grants()}),
    State("grants-of-one", "/grants?recharge=R20261121003", {"grants": won.grants(won.GRANT, won.WITH_CODE)}),
    State("grants-of-none", "/grants?recharge=R2", {"grants": won.grants(won.GRANT)}),
    State("grants-many", "/grants", {"grants": won.grants(*[won.WITH_CODE] * 100)}),
    State("grants-error", "/grants", {"grants": facts.refused("unexpected", "me", "grants")}, status=503),
    _grant("", won.GRANT),
    _grant("-code", won.WITH_CODE),
    _grant("-taken-back", won.TAKEN),
    _grant("-points-back", won.TAKEN | {"reward": won.BONUS, "parts": [], "takenBack": None, "pointsTakenBack": 300}),
    _grant("-granting", won.GRANTING, "?done=chosen"),
    _grant("-refused", won.REFUSED),
    _grant("-drawn", won.DRAWN),
    _grant("-choosing", won.CHOOSING),
    _grant("-choosing-one-kind", won.CHOOSING | {"options": [won.BONUS, won.FROZEN], "chooseUntil": None}),
    State("grant-unknown", "/grants/G9", {"grant": facts.refused("not_found", "me", "grant")}, status=404),
    State("grant-error", "/grants/G1", {"grant": facts.refused("unexpected", "me", "grant")}, status=503),
    _choose("check", status=200, typed={"gift": "bonus"}),
    _choose("check-goods", status=200, typed=_HERE | {"gift": "flask"}),
    _choose("edit", status=200, typed=_HERE | {"gift": "flask", "deed": "edit"}),
    _choose("nothing-chosen", typed={}),
    _choose("no-address", typed=_HERE | {"gift": "flask", "address": ""}),
    _choose("gone", "RedemptionRefused", typed={"gift": "cash"}, **_refused(obstacle("OUT_OF_STOCK"))),
    _choose("not-found", "NotFound", typed={"gift": "cash"}),
    State("invite", "/invite", {"referral": won.referral()}),
    State("invite-empty", "/invite", {"referral": won.referral(invitations=[], rewards=[])}),
    State("invite-error", "/invite", {"referral": facts.refused("unexpected", "me", "referral")}, status=503),
    _invited(""),
    _invited("-visitor", "visitor"),
    _invited("-helper", "helper"),
    _invited("-own-code", outcome=won.invited()),
    _invited("-nothing", outcome=won.invited("OTHERONE", [])),
    _invited("-partial", outcome=won.invited("OTHERONE", None, error=GraphError("unexpected", ("invitationRewards",)))),
    _accept("done", "Invitation", 200, maskedNumber="138****8003"),
    *(
        _accept(reason.replace("_", "-"), "InvitationRefused", reason=reason)
        for reason in ("unknown", "own", "too_late", "too_many", "already")
    ),
    _accept("not-found", "NotFound"),
    State(
        "points-off",
        "/rewards/HF10",
        {
            "reward": won.preview(_PACK),
            "redeem_reward": known.said(
                "redeemReward", "DeedOff", offUntil=won.UNTIL, offWhy=text("积分系统升级。", "Points are renewed."),
            ),
        },
        form={"deed": "send", "points": "1000"},
        status=503,
    ),
)  # fmt: skip
