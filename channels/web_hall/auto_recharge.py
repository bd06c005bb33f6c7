"""How does a line get recharged by itself, within limits that its owner agreed to?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.amounts import read_amount
from channels.web_hall.deed import drop_draft, perform, read_refusal, take_draft
from channels.web_hall.evidence import read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

DAYS = range(1, 29)
_DAY_DIGITS_MOST = 2
DONE = frozenset({"set", "ended"})
_RULES = ("THRESHOLD", "DAY")
_TYPED = ("rule", "threshold", "day", "amount", "monthly_cap", "source", "agreed")


async def auto_recharge(hall: Hall, visit: Visit) -> Response:
    """The standing order as it stands, and the form for one."""
    draft = take_draft(hall, visit)
    response = await _show(hall, visit, draft)
    return drop_draft(hall, response) if draft else response


async def set_up(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows rule, amounts and consent once more, then sets it up; or ends it."""
    if form.get("deed") in {"end", "edit"}:
        return await (_end(hall, visit, form) if form["deed"] == "end" else _show(hall, visit, form))
    outcome = await hall.ask("auto_recharge", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "rechargeOptions")
    if refused:
        return refused
    wanted = _read(form, (outcome.data or {})["rechargeOptions"])
    if isinstance(wanted, Turned):
        return await _show(hall, visit, form, wanted)
    if form.get("deed") != "send":
        return await _show(hall, visit, form, wanted=wanted)
    return await _send(hall, visit, form, wanted)


async def _send(hall: Hall, visit: Visit, form: Mapping[str, str], wanted: Mapping[str, Any]) -> Response:
    word = await perform(hall, visit, form, "set_auto_recharge", back="/recharge/auto", draft=_TYPED, **wanted)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "AutoRecharge":
        return await _show(hall, visit, form, read_refusal(word))
    return hall.views.lead_to("/recharge/auto?done=set", visit)


async def _end(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    word = await perform(hall, visit, form, "end_auto_recharge", back="/recharge/auto")
    if isinstance(word, Response):
        return word
    if word["__typename"] not in {"AutoRechargeEnded", "NotFound"}:  # ended elsewhere is ended
        return await _show(hall, visit, {}, read_refusal(word))
    return hall.views.lead_to("/recharge/auto?done=ended", visit)


def _read(form: Mapping[str, str], options: Mapping[str, Any]) -> dict[str, Any] | Turned:
    """The fields of the graph's SetAutoRechargeInput, or the first thing that is wrong."""
    source, most = form.get("source", ""), options["most"]
    when = _read_when(form, most)
    amount = read_amount(form.get("amount", ""), options["least"], most)
    if isinstance(when, Turned):
        return when
    if isinstance(amount, Turned):
        return amount
    cap = read_amount(form.get("monthly_cap", ""), most | {"amount": amount}, most, field="monthly_cap")
    if isinstance(cap, Turned):
        return cap
    if source not in list_signing(options) or not form.get("agreed"):
        return Turned("consent_missing" if source in list_signing(options) else "pay_missing")
    return when | {"amount": amount, "monthlyCap": cap, "source": source}


def _read_when(form: Mapping[str, str], most: Mapping[str, Any]) -> dict[str, Any] | Turned:
    rule = form.get("rule", "")
    if rule not in _RULES:
        return Turned("rule_missing")
    if rule == "THRESHOLD":
        threshold = read_amount(form.get("threshold", ""), None, most, field="threshold")
        return threshold if isinstance(threshold, Turned) else {"rule": rule, "threshold": threshold, "day": None}
    day = read_plain(form.get("day", ""))
    said = day.isascii() and day.isdigit() and len(day) <= _DAY_DIGITS_MOST and int(day) in DAYS
    return {"rule": rule, "threshold": None, "day": int(day)} if said else Turned("day_missing")


def list_signing(options: Mapping[str, Any]) -> list[str]:
    """The providers that take standing orders."""
    return [each["source"] for each in options["providers"] if each["agreements"]]


async def _show(
    hall: Hall,
    visit: Visit,
    typed: Mapping[str, str],
    turned: Turned | None = None,
    *,
    wanted: Mapping[str, Any] | None = None,
) -> Response:
    outcome = await hall.ask("auto_recharge", own(visit))
    data = outcome.data or {}
    standing_fault = outcome.error_at("me", "autoRecharge")
    refused = hall.refuse_outcome(visit, outcome, "rechargeOptions") or (
        hall.refuse_outcome(visit, outcome, "me", "autoRecharge") if standing_fault else None
    )
    if refused:
        return refused
    done = visit.request.query_params.get("done")
    return hall.views.render(
        "auto_recharge.html",
        visit,
        status=422 if turned else 200,
        standing=data["me"]["autoRecharge"],
        options=data["rechargeOptions"],
        sources=list_signing(data["rechargeOptions"]),
        typed={name: typed.get(name, "")[:32] for name in _TYPED},
        wanted=wanted,
        turned=turned,
        done=done if done in DONE else None,
    )
