"""How do operations propose campaigns, try them on what happened, and switch them?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit

DOCUMENT_CHARACTERS = 256 * 1024
FORM_BYTES = DOCUMENT_CHARACTERS * 4
"""A document in UTF-8, typed or chosen, with the rest of its form."""
_SAID_HERE = ("needs_other_eyes", "campaign_refused", "not_found")


async def campaigns(desk: Desk, visit: Visit) -> Response:
    """All of them, with what they have given and cost."""
    found = await desk.ask(visit, "campaigns", "campaigns")
    if isinstance(found, Refused):
        return desk.refuse(visit, found)
    return desk.views.render("campaigns.html", visit, campaigns=found)


async def campaign(desk: Desk, visit: Visit) -> Response:
    """One of them, with its versions."""
    return await _show(desk, visit)


async def switch(desk: Desk, visit: Visit, form: Form) -> Response:
    """First what will happen, to confirm; then it is on, or off."""
    campaign_id, version = _id_of(visit), form.get("version", "")[:9]
    turns_on = form.get("deed") == "on"
    if turns_on and not (version.isascii() and version.isdigit()):
        return await _show(desk, visit, refused=Refused("not_found", {}))
    if form.get("step") != "do":
        return await _show(desk, visit, asking={"deed": "on" if turns_on else "off", "version": version})
    if turns_on:
        given = {"campaignId": campaign_id, "version": int(version)}
        answer = await desk.do(visit, form, "switch_campaign_on", **given)
    else:
        answer = await desk.do(visit, form, "switch_campaign_off", campaignId=campaign_id)
    if not isinstance(answer, Refused):
        return await _show(desk, visit, done="on" if turns_on else "off")
    if answer.code not in _SAID_HERE:
        return desk.refuse(visit, answer)
    return await _show(desk, visit, refused=answer)


async def begin(desk: Desk, visit: Visit) -> Response:
    """The form for a document; for another version of a campaign with its newest one in it."""
    begun_from = visit.request.query_params.get("from", "")[:128]
    document = ""
    if begun_from:
        found = await desk.ask(visit, "campaign", "campaign", id=begun_from)
        if isinstance(found, Refused):
            return desk.refuse(visit, found)
        document = found["versions"][0]["document"]
    return _show_form(desk, visit, document)


async def propose(desk: Desk, visit: Visit, form: Form) -> Response:
    """First every fault, or what it would have done last month; then the proposal."""
    document = read_document(form)
    if not 0 < len(document) <= DOCUMENT_CHARACTERS:
        return _show_form(desk, visit, document, refused=Refused("bad_argument", {"name": "document"}))
    match form.get("step"):
        case "change":
            return _show_form(desk, visit, document)
        case "propose":
            return await _propose(desk, visit, form, document)
        case _:
            return await _check(desk, visit, document)


async def _check(desk: Desk, visit: Visit, document: str) -> Response:
    check: Any = await desk.ask(visit, "campaign_check", "campaignCheck", document=document)
    if isinstance(check, Refused) and check.code == "still_under_way":  # a colleague's trial, for a few seconds
        return _show_form(desk, visit, document, refused=Refused("under_way", {}))
    if isinstance(check, Refused):
        return desk.refuse(visit, check)
    if check["faults"]:
        return _show_form(desk, visit, document, faults=check["faults"])
    return desk.views.render("campaign_check.html", visit, proposed=None, check=check, document=document)


async def _propose(desk: Desk, visit: Visit, form: Form, document: str) -> Response:
    answer = await desk.do(visit, form, "propose_campaign", document=document)
    if not isinstance(answer, Refused):
        return desk.views.render("campaign_check.html", visit, proposed=answer, check=None, document=document)
    if answer.code != "campaign_refused":
        return desk.refuse(visit, answer)
    return _show_form(desk, visit, document, faults=answer.facts["faults"])


def read_document(form: Form) -> str:
    """The chosen file, else what was typed; browsers send what is typed with other ends of lines than files have."""
    text = form.get("file") or form.get("document", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


async def _show(
    desk: Desk,
    visit: Visit,
    *,
    refused: Refused | None = None,
    done: str = "",
    asking: Mapping[str, str] | None = None,
) -> Response:
    found: Any = await desk.ask(visit, "campaign", "campaign", id=_id_of(visit))
    if isinstance(found, Refused):
        return desk.refuse(visit, found)
    facts = {"standing": found["standing"], "versions": found["versions"], "done": done, "asking": asking}
    status = refused.status if refused else 200
    return desk.views.render("campaign.html", visit, status=status, refused=refused, **facts)


def _show_form(
    desk: Desk,
    visit: Visit,
    document: str,
    *,
    refused: Refused | None = None,
    faults: Any = (),  # noqa: ANN401
) -> Response:
    status = refused.status if refused else 422 if faults else 200
    facts = {"document": document, "refused": refused, "faults": faults, "most": DOCUMENT_CHARACTERS // 1024}
    return desk.views.render("campaign_new.html", visit, status=status, **facts)


def _id_of(visit: Visit) -> str:
    campaign_id: str = visit.request.path_params["campaign_id"]
    return campaign_id[:128]
