"""How does a customer take a month's call records along as a file?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.deed import drop_draft, perform, read_refusal, take_draft
from channels.web_hall.hall import Hall
from channels.web_hall.months import list_months
from channels.web_hall.records_wish import FIELDS, Wish, read_wish
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

FORMATS = ("CSV", "XLSX", "PDF")
DONE = frozenset({"asked", "deleted"})
BUSY = ("WAITING", "WORKING")
"""While one of these is listed, the list refreshes itself."""


async def exports(hall: Hall, visit: Visit) -> Response:
    """The exports of this line and how far each has come."""
    outcome = await hall.ask("record_exports", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "recordExports")
    if refused:
        return refused
    me, done = (outcome.data or {})["me"], visit.request.query_params.get("done")
    return hall.views.render(
        "record_exports.html",
        visit,
        exports=me["recordExports"],
        switch=me["callRecordSwitch"],
        busy=any(each["state"] in BUSY for each in me["recordExports"]),
        done=done if done in DONE else None,
    )


async def delete_export(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """A file is gone at once; what is gone already counts as deleted."""
    export_id = form.get("export", "")
    word = await perform(hall, visit, form, "delete_record_export", back="/records/exports", exportId=export_id)
    return word if isinstance(word, Response) else hall.views.lead_to("/records/exports?done=deleted", visit)


async def export_form(hall: Hall, visit: Visit) -> Response:
    """Month, format, numbers masked or in full."""
    draft = take_draft(hall, visit)
    asked = draft or {"month": visit.request.query_params.get("month", "")[:7]}
    response = await _show(hall, visit, read_wish(asked), asked)
    return drop_draft(hall, response) if draft else response


async def export(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Queues an export of what was looked for; pressed on the page of records, it shows the form first."""
    wish = read_wish(form)
    if form.get("deed") != "send":
        return await _show(hall, visit, wish, form)
    given: dict[str, Any] = {
        "month": wish.month,
        "format": form["format"] if form.get("format") in FORMATS else FORMATS[0],
        "reveal": form.get("reveal") == "on",
    } | ({"wanted": wish.wanted} if wish.wanted else {})
    word = await perform(
        hall, visit, form, "export_call_records", back="/records/export", draft=(*FIELDS, "format", "reveal"), **given
    )
    if isinstance(word, Response):
        return word
    if word["__typename"] != "RecordExport":
        return await _show(hall, visit, wish, form, read_refusal(word))
    return hall.views.lead_to("/records/exports?done=asked", visit)


async def _show(
    hall: Hall, visit: Visit, wish: Wish, form: Mapping[str, str], turned: Turned | None = None
) -> Response:
    outcome = await hall.ask("record_switch", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "callRecordSwitch")
    if refused:
        return refused
    me = (outcome.data or {})["me"]
    if me["callRecordSwitch"]["locked"]:
        return hall.refuse(visit, "records_locked", status=403)
    months = list_months(me["line"]["asOf"]) if me["line"] else wish.months
    return hall.views.render(
        "record_export.html",
        visit,
        status=422 if turned else 200,
        wish=wish,
        month=wish.month or next(iter(months), ""),
        months=months,
        formats=FORMATS,
        chosen=form.get("format") if form.get("format") in FORMATS else FORMATS[0],
        reveal=form.get("reveal") == "on",
        turned=turned,
    )
