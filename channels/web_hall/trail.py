"""How does a record of the trail read to the line's owner?"""

from collections.abc import Callable, Mapping
from typing import Any

from channels.browser.wording import Wording


def name_deed(deed: str, wording: Wording) -> str:
    """What was done; the trail names deeds of the graph like its mutations (``endSession``), others in snake case."""
    return wording.name("deed", _to_snake(deed))


def describe_note(record: Mapping[str, Any], wording: Wording) -> str:
    """The note in words: most are masked numbers and devices' names as they are, some are codes; empty if none."""
    note = str(record["note"])
    describe = _DESCRIBED.get(_to_snake(record["deed"]))
    if note.startswith("+") and note[1:].isdecimal():
        return wording("trail.more", n=int(note[1:]))
    return describe(note, wording) if note and describe else note


def _to_snake(deed: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in deed)


def _name_purpose(note: str, wording: Wording) -> str:
    return wording.name("code_purpose", note)


def _count_sessions(note: str, wording: Wording) -> str:
    return wording("trail.sessions", n=int(note)) if note.isdecimal() else ""


def _name_consent(note: str, wording: Wording) -> str:
    purpose, _, given = note.partition("=")
    return f"{wording.name('consent', purpose.upper())} · {wording('consent.on' if given == 'yes' else 'consent.off')}"


def _name_kind(note: str, wording: Wording) -> str:
    return wording.name("data_kind", note.upper())


def _name_contact(note: str, wording: Wording) -> str:
    kind, _, purpose = note.upper().partition(" · ")
    keys = (f"contact_kind.{kind}", f"contact_purpose.{purpose}")
    return " · ".join(wording(key) for key in keys) if wording.keys.issuperset(keys) else note


def _name_change(note: str, wording: Wording) -> str:
    """``change_plan · 5G畅享79元套餐`` → what was changed, and to what."""
    action, _, name = note.partition(" · ")
    key = f"change_action.{action.upper()}"
    return " · ".join(filter(None, (wording(key) if key in wording.keys else action, name)))


def _name_client(note: str, wording: Wording) -> str:
    return note.partition(":")[0]


def _name_query(note: str, wording: Wording) -> str:
    """``2026-10 voice,sms filtered reveal`` → which month and kinds, and whether numbers were shown in full."""
    month, kinds, *marks = [*note.split(" "), ""][:5]
    named = [wording.name("record_kind", kind.upper()) for kind in kinds.split(",") if kind not in ("", "all")]
    told = [wording(f"trail.query.{mark}") for mark in ("filtered", "reveal") if mark in marks]
    return " · ".join([month, *([wording("sentence.list").join(named)] if named else []), *told])


_DESCRIBED: Mapping[str, Callable[[str, Wording], str]] = {
    "code_sent": _name_purpose,
    "sessions_ended": _count_sessions,
    "set_consent": _name_consent,
    "request_personal_data": _name_kind,
    "open_contact": _name_contact,
    "prepare_change": _name_change,
    "confirm_change": _name_change,
    "call_records": _name_query,
    "oauth_consent": _name_client,
    "oauth_grant": _name_client,
}
