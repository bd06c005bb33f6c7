"""How do operations look after the mall: its items, their stock, and the codes of vouchers?"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit
from channels.rendering import SHOWN_IN, to_local

KINDS = ("BALANCE", "DATA", "VOICE", "SMS", "VOUCHER", "GOODS", "DONATION")
FIELDS: Final[Mapping[str, int]] = {
    "code": 8, "kind": 16, "points": 9, "name_zh": 100, "name_en": 100, "terms_zh": 1000, "terms_en": 1000,
    "amount": 12, "valid_days": 5, "offering_id": 128, "batch": 64, "goods": 128, "stock": 10, "per_month": 5,
    "starts_at": 16, "ends_at": 16, "position": 7,
}  # fmt: skip
"""What is asked of an item, and how long it may be."""
WHOLE = ("points", "valid_days", "stock", "per_month", "position")
TEXTS = ("name_zh", "name_en", "terms_zh", "terms_en")
WRITTEN = {  # as the graph's input calls them
    name: re.sub("_([a-z])", lambda found: found[1].upper(), name) for name in FIELDS
}
FORM_BYTES = 48 * 1024
CODES_MOST = 5000
CODES_BYTES = CODES_MOST * 110
_AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")


async def mall(desk: Desk, visit: Visit) -> Response:
    """Every item and every batch."""
    return await _show(desk, visit)


async def switch(desk: Desk, visit: Visit, form: Form) -> Response:
    """Shows an item to customers, or puts it away."""
    shown = form.get("shown") == "on"
    answer = await desk.do(visit, form, "switch_reward_item", code=form.get("code", "")[:8], on=shown)
    if isinstance(answer, Refused):
        return await _say_no(desk, visit, answer)
    return await _show(desk, visit, done=("shown" if shown else "put_away", answer["item"]["name"]))


async def put_codes(desk: Desk, visit: Visit, form: Form) -> Response:
    """First how many they are, then they are there; they are shown to nobody again."""
    batch = form.get("batch", "").strip()[:64]
    codes = list(dict.fromkeys(filter(None, (line.strip() for line in form.get("codes", "").splitlines()))))
    if not batch or not 0 < len(codes) <= CODES_MOST:
        wrong = "codes" if batch else "batch"
        return await _show(desk, visit, refused=Refused("bad_argument", {"name": wrong}), typed_batch=batch)
    if form.get("step") != "put":
        return desk.views.render("codes_check.html", visit, batch=batch, codes=codes)
    answer = await desk.do(visit, form, "put_reward_codes", batch=batch, codes=codes)
    if isinstance(answer, Refused):
        return await _say_no(desk, visit, answer)
    return await _show(desk, visit, put=answer)


async def item(desk: Desk, visit: Visit) -> Response:
    """The form of an item: a new one, or the one whose code is named."""
    code = visit.request.query_params.get("code", "")[:8]
    if not code:
        return await _show_item(desk, visit, dict.fromkeys(FIELDS, "") | {"kind": KINDS[0], "position": "0"})
    shelf: Any = await desk.ask(visit, "reward_shelf", "rewardShelf")
    if isinstance(shelf, Refused):
        return desk.refuse(visit, shelf)
    found = next((each for each in shelf if each["item"]["code"] == code), None)
    if found is None:
        return desk.refuse(visit, Refused("not_found", {}))
    return await _show_item(desk, visit, read_standing(found), shown=found["item"]["on"], known=True)


async def put_item(desk: Desk, visit: Visit, form: Form) -> Response:
    """First what was typed, to check; then it is so."""
    typed = {name: form.get(name, "")[: most * 2].strip() for name, most in FIELDS.items()}
    shown, known = form.get("shown") == "on", "code" in visit.request.query_params
    wrong = find_wrong(typed)
    if not wrong and form.get("step") == "put":
        answer = await desk.do(visit, form, "put_reward_item", **write_item(typed, shown=shown))
        if not isinstance(answer, Refused):
            return await _show(desk, visit, done=("put", answer["item"]["name"]))
        if answer.code != "bad_argument":
            return desk.refuse(visit, answer)
        wrong = {"amount_fen": "amount"}.get(answer.facts["name"], answer.facts["name"])
    can_be = not wrong and form.get("step") == "check"
    taken = can_be and not known and await _is_taken(desk, visit, typed["code"])
    refused = Refused("bad_argument", {"name": wrong or "code", "taken": taken}) if wrong or taken else None
    checking = can_be and not taken
    return await _show_item(desk, visit, typed, refused=refused, checking=checking, shown=shown, known=known)


def read_standing(found: Mapping[str, Any]) -> dict[str, str]:
    """An item of the shelf as its form is filled in."""
    item_, amount = found["item"], found["item"]["amount"]
    read = {
        "code": item_["code"],
        "kind": item_["kind"],
        "points": item_["points"],
        "amount": amount["amount"] if amount else None,
        "valid_days": found["validDays"],
        "offering_id": item_["offeringId"],
        "per_month": item_["perMonth"],
        **{f"{name}_{language}": item_[name][language] for name in ("name", "terms") for language in ("zh", "en")},
        **{name: found[name] for name in ("batch", "goods", "stock", "position")},
        **{name: _write_local(item_[WRITTEN[name]]) for name in ("starts_at", "ends_at")},
    }
    return {name: "" if read[name] is None else str(read[name]) for name in FIELDS}


def find_wrong(typed: Mapping[str, str]) -> str | None:
    """The first field that can't be, as far as that can be said here: the mall knows its rules."""
    for name, most in FIELDS.items():
        value = typed[name]
        if len(value) > most or (name in WHOLE and value and not (value.isascii() and value.isdigit())):
            return name
        if name in {"starts_at", "ends_at"} and value and _read_local(value) is None:
            return name
    if typed["kind"] not in KINDS:
        return "kind"
    if typed["amount"] and not _AMOUNT.fullmatch(typed["amount"]):
        return "amount"
    return next((name for name in ("code", "points", "name_zh", "name_en") if not typed[name]), None)


def write_item(typed: Mapping[str, str], *, shown: bool) -> dict[str, Any]:
    """What was typed as the graph's input."""
    written: dict[str, Any] = {"on": shown}
    for name, value in typed.items():
        if name in WHOLE:
            written[WRITTEN[name]] = int(value) if value else 0 if name == "position" else None
        elif name in {"starts_at", "ends_at"}:
            written[WRITTEN[name]] = _read_local(value)
        else:
            written[WRITTEN[name]] = value if value or name in TEXTS else None
    return written


async def _is_taken(desk: Desk, visit: Visit, code: str) -> bool:
    """Whether a new item would be put in another one's place."""
    shelf: Any = await desk.ask(visit, "reward_shelf", "rewardShelf")
    return not isinstance(shelf, Refused) and any(each["item"]["code"] == code for each in shelf)


async def _show(  # noqa: PLR0913  the faces of one page
    desk: Desk,
    visit: Visit,
    *,
    refused: Refused | None = None,
    done: tuple[str, Any] | None = None,
    put: Mapping[str, Any] | None = None,
    typed_batch: str = "",
) -> Response:
    shelf: Any = await desk.ask(visit, "reward_shelf", "rewardShelf")
    batches: Any = await desk.ask(visit, "reward_batches", "rewardBatches")
    troubles: Any = await desk.ask(visit, "reward_troubles", "rewardTroubles")
    for found in (shelf, batches, troubles):
        if isinstance(found, Refused):
            return desk.refuse(visit, found)
    facts = {"shelf": shelf, "batches": batches, "troubles": troubles, "done": done, "put": put}
    status = refused.status if refused else 200
    facts |= {"typed_batch": typed_batch, "most": CODES_MOST}
    return desk.views.render("mall.html", visit, status=status, refused=refused, **facts)


async def _show_item(  # noqa: PLR0913  the faces of one page
    desk: Desk,
    visit: Visit,
    typed: Mapping[str, str],
    *,
    refused: Refused | None = None,
    checking: bool = False,
    shown: bool = True,
    known: bool = False,
) -> Response:
    changes: Any = []
    if known and not checking:
        changes = await desk.ask(visit, "reward_item_changes", "rewardItemChanges", code=typed["code"])
        if isinstance(changes, Refused):
            return desk.refuse(visit, changes)
    facts = {"typed": typed, "shown": shown, "known": known, "checking": checking, "changes": changes}
    status = refused.status if refused else 200
    return desk.views.render(
        "mall_item.html", visit, status=status, refused=refused, fields=FIELDS, kinds=KINDS, **facts
    )


async def _say_no(desk: Desk, visit: Visit, answer: Refused) -> Response:
    if answer.code not in {"bad_argument", "not_found"}:
        return desk.refuse(visit, answer)
    return await _show(desk, visit, refused=answer)


def _read_local(typed: str) -> str | None:
    """``2026-11-30T22:00`` of business time as an instant; None: nothing, or no such moment."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=SHOWN_IN).isoformat() if typed else None
    except ValueError:
        return None


def _write_local(instant: str | None) -> str:
    return f"{to_local(instant):%Y-%m-%dT%H:%M}" if instant else ""
