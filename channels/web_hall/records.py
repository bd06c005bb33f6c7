"""Which calls, texts and connections were there in a month?

The plain look is one question of the graph. With a filter, another order or totals the whole month is read, and the
page grows while it is: a browser shows how far it has come, with or without JavaScript.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response, StreamingResponse

from channels.web_hall.deed import drop_draft, take_draft
from channels.web_hall.hall import STATUS_OF, Hall
from channels.web_hall.months import first_day, last_day, list_months
from channels.web_hall.records_wish import DIRECTIONS, KINDS, ORDERS, Wish, read_wish
from channels.web_hall.visit import Visit, own
from graphql_schema.client import GraphError, Outcome
from graphql_schema.door import Turned

LOG = logging.getLogger(__name__)
RECORDS_A_PAGE = 100
LAST_MOST = 20
"""``/records?last=5`` shows so many at most."""
CUT = "<!--the records-->"
"""Where the page is cut in two: what goes out at once, and what follows when all is read."""
TYPED_ANEW = ("bad_argument", "bad_cursor")
"""Refusals after which the form is shown again, to be mended."""


async def records(hall: Hall, visit: Visit) -> Response:
    """The newest records of a month, a hundred at a time; ``last`` shows so many of the newest."""
    asked = visit.request.query_params
    draft = take_draft(hall, visit)
    wish = read_wish(draft or {"month": asked.get("month", "")[:7], "after": asked.get("after", "")})
    if draft and not wish.is_plain:  # what was typed before the proof: one press looks for it
        return drop_draft(hall, _show(hall, visit, Shown(wish)))
    last = asked.get("last", "")
    first = min(int(last[:4]), LAST_MOST) if last.isdecimal() and int(last[:4]) > 0 else RECORDS_A_PAGE
    response = await _look(hall, visit, wish, first, last=first if first != RECORDS_A_PAGE else None)
    return drop_draft(hall, response) if draft else response


async def search(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Looks for what the form says; other numbers in full if that was asked for."""
    wish = read_wish(form)
    if wish.is_plain and not form.get("totals"):
        return await _look(hall, visit, wish, RECORDS_A_PAGE)
    events = hall.graph.subscribe(hall.operations["records_read"], _variables(wish, RECORDS_A_PAGE), own(visit))
    first = await anext(aiter(events), None) or Outcome(None, (GraphError("unexpected"),))
    read = (first.data or {}).get("callRecordsRead")
    if read and not read["found"]:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # and no proxy may collect it either
        pages = _grow(hall, visit, wish, read, events)
        return StreamingResponse(pages, media_type="text/html; charset=utf-8", headers=headers)
    await _close(events)
    return (
        _show(hall, visit, Shown(wish, read["found"])) if read else _refuse(hall, visit, wish, first, "callRecordsRead")
    )


async def _look(hall: Hall, visit: Visit, wish: Wish, first: int, *, last: int | None = None) -> Response:
    variables = {"month": wish.month, "first": first, "after": wish.after, "reveal": wish.reveal}
    outcome = await hall.ask("records", own(visit), **variables)
    found = ((outcome.data or {}).get("me") or {}).get("callRecords")
    if found is None:
        return _refuse(hall, visit, wish, outcome, "me", "callRecords")
    return _show(hall, visit, Shown(wish, found, last=last))


async def _grow(
    hall: Hall, visit: Visit, wish: Wish, read: Mapping[str, Any], events: AsyncIterator[Outcome]
) -> AsyncIterator[str]:
    """The page in pieces: its head and how far the reading has come, again and again, then what was found."""
    template = hall.views.render_text
    yield template("records.html", visit, **Shown(wish, reading=True).facts()).partition(CUT)[0]
    yield template("parts/reading.html", visit, read=read)
    found, error = None, GraphError("unexpected")
    try:
        async for outcome in events:
            word = (outcome.data or {}).get("callRecordsRead")
            if word is None:
                error = outcome.errors[0] if outcome.errors else error
                break
            if word["found"]:
                found = word["found"]
                break
            yield template("parts/reading.html", visit, read=word)
    except Exception:  # the page's head is out already: the rest says what happened
        LOG.exception("a search through call records broke")
    finally:  # also when the browser has gone
        await _close(events)
    shown = Shown(wish, found, reading=True, failed=None if found else error.code)
    yield template("records.html", visit, **shown.facts()).partition(CUT)[2]


async def _close(events: AsyncIterator[Outcome]) -> None:
    if isinstance(events, AsyncGenerator):
        await events.aclose()


def _refuse(hall: Hall, visit: Visit, wish: Wish, outcome: Outcome, *path: str) -> Response:
    """The form again where it can be mended; the way to one more proof, with what was typed kept; or a page."""
    error = outcome.error_at(*path) or (outcome.errors[0] if outcome.errors else GraphError("unexpected"))
    if error.code in TYPED_ANEW and visit.request.method == "POST":
        return _show(hall, visit, Shown(wish, turned=Turned(error.code, error.parameters)))
    back = visit.here if visit.request.method == "GET" else "/records"
    if error.code == "step_up_required":
        within = error.parameters.get("fresh_within_seconds")
        response = hall.ask_to_prove(visit, error.parameters.get("needed", 3), within, back)
        if not wish.is_plain:
            hall.views.cookies.keep_draft(response, "/records", wish.fields)
        return response
    return hall.refuse_outcome(visit, outcome, *path) or hall.refuse(
        visit, error.code, status=STATUS_OF.get(error.code, 503)
    )


def _show(hall: Hall, visit: Visit, shown: "Shown") -> Response:
    status = STATUS_OF.get(shown.turned.code, 422) if shown.turned else 200
    return hall.views.render("records.html", visit, status=status, **shown.facts())


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of records shows: what was looked for, what was found, and what went wrong."""

    wish: Wish
    found: Mapping[str, Any] | None = None
    turned: Turned | None = None
    last: int | None = None
    reading: bool = False
    failed: str | None = None

    def facts(self) -> dict[str, Any]:
        """All that the template needs."""
        months = list_months(self.found["asOf"]) if self.found else self.wish.months
        month = self.found["month"] if self.found else self.wish.month or next(iter(months), "")
        return {
            "wish": self.wish.of_month(month, months), "month": month, "months": months, "found": self.found,
            "turned": self.turned, "last": self.last, "reading": self.reading, "failed": self.failed,
            "kinds": KINDS, "directions": DIRECTIONS, "orders": ORDERS, "days": _days_of(month),
            "searched": not self.wish.is_plain,
        }  # fmt: skip


def _days_of(month: str) -> tuple[str, str]:
    """The first and the last day of a month, for the date fields' bounds; empty for no month."""
    try:
        return first_day(month).isoformat(), last_day(month).isoformat()
    except ValueError:
        return "", ""


def _variables(wish: Wish, first: int) -> dict[str, Any]:
    return {
        "month": wish.month, "wanted": wish.wanted, "order": wish.order, "first": first, "after": wish.after,
        "reveal": wish.reveal,
    }  # fmt: skip
