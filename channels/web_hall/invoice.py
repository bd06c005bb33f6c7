"""How does a customer get an e-invoice of a bill?"""

from collections.abc import Mapping

from starlette.responses import Response

from channels.web_hall.deed import drop_draft, perform, read_refusal, take_draft
from channels.web_hall.evidence import read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

TITLE_KINDS = ("PERSON", "ORGANIZATION")
TITLE_MOST = 100
CALLED_OFF = ("REJECTED", "CANCELLED")
"""After these an invoice can be asked for anew."""
INVOICED = ("NORMAL", "LAST")
"""Bills of which there are invoices."""
_DRAFT = ("kind", "title")


async def invoice_form(hall: Hall, visit: Visit) -> Response:
    """The form, or how far the invoice that was asked for has come."""
    draft = take_draft(hall, visit)
    response = await _ask(hall, visit, draft or {})
    return drop_draft(hall, response) if draft else response


async def request_invoice(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows what was typed once more, then asks for the invoice."""
    typed = {
        **form,
        "title": " ".join(form.get("title", "").split()),
        "tax_number": read_plain(form.get("tax_number", "")).upper(),
    }
    turned = _find_fault(typed)
    if turned or form.get("deed") != "send":
        return await _ask(hall, visit, typed, turned, check=form.get("deed") == "check")
    bill_id = visit.request.path_params["bill_id"]
    word = await perform(
        hall, visit, typed, "request_invoice", back=f"/bills/{bill_id}/invoice", draft=_DRAFT,
        secret={"taxNumber": typed["tax_number"]} if typed["kind"] == "ORGANIZATION" else None,
        billId=bill_id, titleKind=typed["kind"], title=typed["title"],
    )  # fmt: skip
    if isinstance(word, Response):
        return word
    if word["__typename"] != "InvoiceRequest":
        return await _ask(hall, visit, typed, read_refusal(word))
    return hall.views.lead_to(f"/bills/{bill_id}/invoice?done", visit)


def _find_fault(typed: Mapping[str, str]) -> Turned | None:
    if typed.get("deed") == "edit":
        return None
    if typed.get("kind") not in TITLE_KINDS:
        return Turned("bad_input", {"name": "kind"})
    if not 0 < len(typed["title"]) <= TITLE_MOST:
        return Turned("bad_input", {"name": "title"})
    needs_number = typed["kind"] == "ORGANIZATION" and not typed["tax_number"]
    return Turned("bad_input", {"name": "taxNumber"}) if needs_number else None


async def _ask(
    hall: Hall, visit: Visit, typed: Mapping[str, str], turned: Turned | None = None, *, check: bool = False
) -> Response:
    bill_id = visit.request.path_params["bill_id"]
    outcome = await hall.ask("invoice", own(visit), id=bill_id)
    refused = hall.refuse_outcome(visit, outcome, "me", "bill")
    if refused:
        return refused
    me = (outcome.data or {})["me"]
    asked = [one for one in me["invoiceRequests"] or () if one["billId"] == bill_id]
    living = next((one for one in asked if one["state"] not in CALLED_OFF), None)
    return hall.views.render(
        "invoice.html",
        visit,
        status=422 if turned else 200,
        outcome=outcome,
        bill=me["bill"]["bill"],
        failed_list=me["invoiceRequests"] is None,
        request=living,
        rejected=next((one for one in asked if one["state"] == "REJECTED"), None),
        invoiced=me["bill"]["bill"]["category"] in INVOICED,
        typed=typed,
        kinds=TITLE_KINDS,
        turned=turned,
        check=check and turned is None,
        done="done" in visit.request.query_params,
    )
