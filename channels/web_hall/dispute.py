"""How does a customer dispute a charge, and what became of it?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.deed import drop_draft, perform, read_refusal, take_draft
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

REASONS = ("NOT_ORDERED", "NOT_USED", "WRONG_AMOUNT", "BROKEN_PROMISE", "OTHER")
ENDED = ("REJECTED", "CANCELLED", "CLOSED", "RESOLVED")
"""States in which nobody works on a ticket any more."""
DISPUTED = ("NORMAL", "LAST")
"""What a month cost: the graph disputes nothing of a paper that repeats, anticipates or corrects it."""
WORDS_MOST = 500
_DRAFT = ("line", "reason", "words")


async def dispute_form(hall: Hall, visit: Visit) -> Response:
    """The form for one charge of a bill, or for the bill as a whole."""
    draft = take_draft(hall, visit)
    response = await _ask(hall, visit, draft or visit.request.query_params)
    return drop_draft(hall, response) if draft else response


async def dispute(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows what was typed once more, then opens the dispute."""
    typed = {**form, "words": " ".join(form.get("words", "").split())}
    turned = _find_fault(typed)
    if turned or form.get("deed") != "send":
        return await _ask(hall, visit, typed, turned, check=form.get("deed") == "check")
    bill_id = visit.request.path_params["bill_id"]
    word = await perform(
        hall, visit, typed, "dispute_charge", back=f"/bills/{bill_id}/dispute", draft=_DRAFT,
        billId=bill_id, ratedLineId=typed.get("line") or None, reason=typed["reason"], words=typed["words"] or None,
    )  # fmt: skip
    if isinstance(word, Response):
        return word
    if word["__typename"] != "Dispute":
        return await _ask(hall, visit, typed, read_refusal(word))
    return hall.views.lead_to(f"/disputes/{word['id']}?done", visit)


async def receipt(hall: Hall, visit: Visit) -> Response:
    """One dispute: its number, where it stands, what the operator answered."""
    outcome = await hall.ask("disputes", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "disputes")
    if refused:
        return refused
    wanted = visit.request.path_params["dispute_id"]
    found = next((one for one in (outcome.data or {})["me"]["disputes"] if one["id"] == wanted), None)
    if found is None:
        return hall.refuse(visit, "not_found", status=404)
    charged = await hall.ask("charge", own(visit), id=found["billId"])
    bill = ((charged.data or {}).get("me") or {}).get("bill")
    return hall.views.render(
        "dispute_receipt.html",
        visit,
        dispute=found,
        bill=bill["bill"] if bill else None,
        line=_find_line(bill, found["ratedLineId"]) if bill else None,
        done="done" in visit.request.query_params,
    )


def _find_fault(typed: Mapping[str, str]) -> Turned | None:
    if typed.get("deed") == "edit":
        return None
    if typed.get("reason") not in REASONS:
        return Turned("reason_missing")
    return Turned("bad_input", {"name": "words"}) if len(typed["words"]) > WORDS_MOST else None


async def _ask(
    hall: Hall, visit: Visit, typed: Mapping[str, str], turned: Turned | None = None, *, check: bool = False
) -> Response:
    bill_id, line_id = visit.request.path_params["bill_id"], typed.get("line") or None
    outcome = await hall.ask("charge", own(visit), id=bill_id)
    refused = hall.refuse_outcome(visit, outcome, "me", "bill")
    if refused:
        return refused
    me = (outcome.data or {})["me"]
    if me["bill"]["bill"]["category"] not in DISPUTED:
        return hall.refuse(visit, "bill_not_found", status=404)
    line = _find_line(me["bill"], line_id)
    if line_id and line is None:
        return hall.refuse(visit, "not_found", status=404)
    known = [one for one in me["disputes"] or () if (one["billId"], one["ratedLineId"]) == (bill_id, line_id)]
    living = next((one for one in known if one["state"] not in ENDED), None)
    if living:
        return hall.views.lead_to(f"/disputes/{living['id']}", visit)
    return hall.views.render(
        "dispute.html",
        visit,
        status=422 if turned else 200,
        bill=me["bill"]["bill"],
        line=line,
        typed=typed,
        reasons=REASONS,
        words_most=WORDS_MOST,
        turned=turned,
        check=check and turned is None,
        here=f"/bills/{bill_id}/dispute" + (f"?line={line_id}" if line_id else ""),
    )


def _find_line(itemized: Mapping[str, Any], line_id: str | None) -> Mapping[str, Any] | None:
    lines = (line for subject in itemized["subjects"] for line in subject["ratedLines"])
    return next((line for line in lines if line["id"] == line_id), None)
