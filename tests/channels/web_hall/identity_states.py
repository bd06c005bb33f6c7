"""In which states do the pages of security, lines, helpers, privacy and consent have to be shown?"""

from datetime import datetime
from typing import Any

from graphql_schema.client import GraphError, Outcome
from graphql_schema.door import LeadTo, Turned
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.state import LOCAL, State, code_sent

_LATER = datetime(2026, 11, 22, 0, 0, tzinfo=LOCAL)
_CHECKED = {"contact_check": known.check(known.CONTACTS[0]), "contacts": known.me(contacts=known.CONTACTS)}
_ALONE = known.SESSIONS[:1]
_AUTHORIZE = "/oauth/authorize?response_type=code&client_id=diary&scope=line+usage+money&state=s1"


def _proof(name: str, status: int = 200, door: Any = None, **typed: str) -> State:
    form = {"level": "3", "within": "600", "next": "/privacy", "deed": "check"} | typed
    return State(f"step-up-{name}", "/step-up?level=3&within=600&next=/privacy", form=form, door=door, status=status)


def _reset(name: str, status: int = 422, door: Any = None, **typed: str) -> State:
    form = {
        "number": "13800138001", "deed": "check", "challenge": "a-challenge", "code": "123456",
        "identity_number": "440101199001010011", "new_password": "852963", "again": "852963",
    } | typed  # fmt: skip
    return State(f"forgotten-{name}", "/forgotten", who="visitor", form=form, door=door, status=status)


def _password(name: str, word: str, status: int = 422, **given: Any) -> State:
    typed = {"old_password": "258001", "new_password": "111111", "again": "111111"}
    answer = {"change_password": known.said("changePassword", word, **given)}
    return State(f"password-{name}", "/security/password", answer, form=typed, status=status)


def _link(name: str, status: int = 200, answer: Outcome | None = None, door: Any = None, **typed: str) -> State:
    form = {"number": "13800138005", "deed": "check", "challenge": "a-challenge", "code": "123456"} | typed
    answers = {"lines": known.me(ownLines=known.LINES)} | ({"link_line": answer} if answer else {})
    return State(f"link-{name}", "/lines/link", answers, who="proved", form=form, door=door, status=status)


def _check(name: str, answers: dict[str, Outcome], *, status: int = 200, visitor: bool = False) -> State:
    typed = {"code": "20468101"} | ({"number": "13800138001"} if visitor else {})
    return State(
        f"check-{name}", "/check", answers, who="visitor" if visitor else "customer", form=typed, status=status
    )


def _deed(name: str, path: str, outcome: Outcome, status: int, **typed: str) -> State:
    """A form whose refusal is a page of its own."""
    deed = {"/helpers/answer": "answer_help", "/privacy": "set_consent", "/privacy/export": "request_personal_data"}
    return State(name, path, {deed[path]: outcome}, form=typed, status=status)


IDENTITY_STATES: tuple[State, ...] = (
    State("sign-in-refused-there", "/sign-in?why=login_refused", who="visitor"),
    State("sign-in-no-line", "/sign-in?why=no_line_there", who="visitor"),
    State("step-up", "/step-up?level=2&within=600&next=/security"),
    State("step-up-password", "/step-up?level=2&within=600&next=/security&by=password"),
    State("step-up-passkey", "/step-up?level=2&within=600&next=/security&by=passkey"),
    State("step-up-two", "/step-up?level=3&within=600&next=/privacy"),
    _proof("code-sent", door=code_sent, by="code", deed="send"),
    _proof("wrong", 422, Turned("wrong_credentials", {"tries_left": 2}), by="code", code="1", challenge="c"),
    _proof("missing", 422, by="code", challenge="c"),
    _proof("locked", 429, Turned("locked", {"until": _LATER}), by="code", code="1", challenge="c"),
    _proof("too-many", 429, Turned("too_many_codes", {"retry_at": _LATER}), by="code", deed="send"),
    _proof("sim-changed", 422, Turned("sim_changed", {"until": _LATER}), by="code", deed="send"),
    _proof("unavailable", 503, Turned("unavailable"), by="code", code="1", challenge="c"),
    State("forgotten", "/forgotten", who="visitor"),
    State("forgotten-done", "/forgotten?done", who="visitor"),
    _reset("code-sent", 200, code_sent, deed="send"),
    _reset("wrong", door=Turned("wrong_credentials", {"tries_left": 3})),
    _reset("weak", door=Turned("weak_password", {"reason": "part_of_identity"})),
    _reset("differs", again="852964"),
    _reset("no-id", identity_number=""),
    _reset("suspended", door=Turned("line_suspended")),
    _reset("sim-changed", door=Turned("sim_changed", {"until": None})),
    State("security", "/security", {"security": known.security()}),
    State("security-sure", "/security?done=session_ended", {"security": known.security(assurance=known.SURE)}),
    State(
        "security-resting",
        "/security?done=password_changed",
        {"security": known.security(assurance=known.RESTING, sessions=_ALONE)},
    ),
    State(
        "security-empty",
        "/security",
        {"security": known.security(passkeys=[], auditTrail=[], sessions=_ALONE)},
    ),
    State(
        "security-partial",
        "/security",
        {
            "security": facts.without(
                known.security(),
                dict.fromkeys(("assurance", "sessions", "passkeys", "auditTrail"), "internal_error"),
            )
        },
    ),
    State("security-error", "/security", {"security": Outcome(None, (GraphError("deadline_exceeded"),))}, status=503),
    State("security-too-many", "/security", {"security": facts.refused("line_overloaded", "me")}, status=503),
    State(
        "security-helper",
        "/security",
        {"security": facts.refused("field_not_declared", "me")},
        who="helper",
        status=403,
    ),
    State("end-others", "/security/others"),
    State("trail", "/security/trail", {"trail": known.me(auditTrail=known.RECORDS)}),
    State(
        "trail-many",
        "/security/trail?before=R99",
        {"trail": known.me(auditTrail=[known.record(n, "sign_in") for n in range(30, 51)])},
    ),
    State("trail-empty", "/security/trail", {"trail": known.me(auditTrail=[])}),
    State("trail-error", "/security/trail", {"trail": facts.refused("internal_error", "me", "auditTrail")}, status=503),
    State("password", "/security/password"),
    _password("wrong", "WrongSecret", triesLeft=2),
    _password("weak", "WeakPassword", reason="all_equal"),
    _password("locked", "Locked", 429, until="2026-11-21T16:00:00+00:00"),
    _password("suspended", "LineSuspended"),
    _password("used", "KeyReused", 409),
    _password("under-way", "StillUnderWay", 409),
    State("passkey-make", "/security/passkeys"),
    State(
        "passkey-refused",
        "/security/passkeys",
        form={"challenge": "c", "answer": "{}", "name": "x"},
        doors=Turned("passkey_refused"),
        status=422,
    ),
    State("passkey-remove", "/security/passkeys/P2", {"passkeys": known.me(passkeys=known.PASSKEYS)}),
    State("passkey-missing", "/security/passkeys/P7", {"passkeys": known.me(passkeys=known.PASSKEYS)}, status=404),
    State("lines", "/lines", {"lines": known.me(ownLines=known.LINES)}),
    State("lines-one", "/lines?done=unlinked", {"lines": known.me(ownLines=known.LINES[:1])}),
    State("lines-error", "/lines", {"lines": facts.refused("line_unavailable", "me", "ownLines")}, status=503),
    State("link", "/lines/link"),
    State("link-own", "/lines/link?line=L4", {"lines": known.me(ownLines=known.LINES)}),
    _link("code-sent", door=code_sent, deed="send"),
    _link("wrong", 422, known.said("linkLine", "WrongSecret", triesLeft=4)),
    _link("too-many", 422, known.said("linkLine", "TooMany", most=10)),
    _link("sim-changed", 422, known.said("linkLine", "SimChanged", simUntil="2026-11-21T16:00:00+00:00")),
    _link("expired", 422, known.said("linkLine", "CodeExpired")),
    State("leave", "/lines/L9/leave", {"lines": known.me(ownLines=known.LINES)}),
    State("unlink", "/lines/L5/unlink", {"lines": known.me(ownLines=known.LINES)}),
    State("assistance", "/helpers", {"permissions": known.me(helpers=known.HELPERS)}),
    State("assistance-empty", "/helpers?done=ended", {"permissions": known.me(helpers=[])}),
    State(
        "assistance-error", "/helpers", {"permissions": facts.refused("internal_error", "me", "helpers")}, status=503
    ),
    State("assistance-grant", "/helpers/grant"),
    State("assistance-ask", "/helpers/ask"),
    State(
        "assistance-grant-refused",
        "/helpers/grant",
        {"grant_help": known.said("grantHelp", "BadInput", name="number")},
        form={"number": "123", "scope_bills": "on", "days": "365"},
        status=422,
    ),
    State(
        "assistance-ask-many",
        "/helpers/ask",
        {"ask_to_help": known.said("askToHelp", "TooMany", most=5)},
        form={"number": "13800138003", "scope_usage": "on", "days": "7"},
        status=422,
    ),
    _deed("assistance-sim-changed", "/helpers/answer", known.said("answerHelp", "SimChanged", simUntil=None), 403),
    _deed(
        "privacy-bad", "/privacy", Outcome(None, (GraphError("bad_argument", (), {"name": "input"}),)), 400, purpose="X"
    ),
    _deed("assistance-gone", "/helpers/answer", known.said("answerHelp", "NotFound"), 404),
    State("privacy", "/privacy", {"privacy": known.privacy()}),
    State(
        "privacy-working",
        "/privacy?done=export",
        {"privacy": known.privacy(personalDataRequests=[known.wish(1, "EXPORT", "WORKING", progress=40)])},
    ),
    State("privacy-empty", "/privacy", {"privacy": known.privacy(personalDataRequests=[])}),
    State(
        "privacy-partial",
        "/privacy",
        {
            "privacy": facts.without(
                known.privacy(), dict.fromkeys(("consents", "personalDataRequests"), "internal_error")
            )
        },
    ),
    State("export", "/privacy/export"),
    _deed(
        "export-rests",
        "/privacy/export",
        known.said("requestPersonalData", "Rests", until="2026-11-22T00:30:00+00:00"),
        403,
    ),
    State("export-gone", "/privacy/export/X7", who="proved", status=404),
    State("erasure", "/privacy/erasure"),
    State("erasure-unticked", "/privacy/erasure", form={}, status=422),
    State("check", "/check", who="visitor"),
    State("check-known", "/check", {"contacts": known.me(contacts=known.CONTACTS)}),
    State("check-empty", "/check", {"contacts": known.me(contacts=[])}),
    State("check-error", "/check", {"contacts": facts.refused("internal_error", "me", "contacts")}),
    _check("genuine", _CHECKED),
    _check("not", _CHECKED | {"contact_check": known.check(genuine=False)}),
    _check("visitor", {"contact_check": known.check()}, visitor=True),
    _check("locked", _CHECKED | {"contact_check": known.check_refused("locked", until=_LATER)}, status=429),
    _check("unavailable", _CHECKED | {"contact_check": known.check_refused("internal_error")}, status=503),
    _check("number", {"contact_check": known.check_refused("bad_argument", name="number")}, status=422, visitor=True),
    State("authorize", _AUTHORIZE),
    State("authorize-client", _AUTHORIZE, doors=Turned("bad_client"), status=400),
    State("authorize-redirect", _AUTHORIZE, doors=Turned("bad_redirect"), status=400),
    State("authorize-repeated", _AUTHORIZE + "&state=s2", status=400),
    State(
        "authorize-hop",
        _AUTHORIZE,
        form={"request": "s1", "answer": "allow"},
        doors=LeadTo("https://diary.example/back?code=c0de&iss=https%3A%2F%2Fhall.example"),
    ),
    State("home-helper", "/home", {"home": facts.helped()}, who="helper"),
)
