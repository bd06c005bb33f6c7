"""Does each form do its own deed, once, with what was typed and nothing else?"""

import httpx
import pytest

from graphql_schema.client import Channel
from graphql_schema.door import CodeWish, PasswordReset, Purpose, Turned
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.conftest import form_token
from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeDoors, FakeGraph
from tests.channels.web_hall.money_states import charge, invoice, share
from tests.channels.web_hall.record_states import OPEN, switched

pytestmark = pytest.mark.anyio
DEEDS = {
    "end_session": known.said("endSession", "SessionsEnded", count=1),
    "end_other_sessions": known.said("endOtherSessions", "SessionsEnded", count=3),
    "change_password": known.said("changePassword", "PasswordChanged", changedAt="2026-11-21T00:30:00+00:00"),
    "remove_passkey": known.said("removePasskey", "PasskeyRemoved", id="P2"),
    "lines": known.me(ownLines=known.LINES),
    "link_line": known.said("linkLine", "OwnLine", id="L5", maskedNumber="138****8005"),
    "unlink_line": known.said("unlinkLine", "LineUnlinked", id="L5"),
    "grant_help": known.said("grantHelp", "Helper", id="H3", maskedNumber="138****8003", scopes=["line"], until="x"),
    "ask_to_help": known.said("askToHelp", "HelpAsked", scopes=["line"], days=30),
    "answer_help": known.said("answerHelp", "Helper", id="H3", maskedNumber="138****8003", state="ACTIVE", until="x"),
    "end_help": known.said("endHelp", "HelpEnded", id="H4"),
    "set_consent": known.said("setConsent", "Consent", purpose="MARKETING_SMS", given=True),
    "request_personal_data": known.said(
        "requestPersonalData", "PersonalDataRequest", id="X1", kind="EXPORT", state="WAITING"
    ),
    "charge": charge(),
    "dispute_charge": known.said("disputeCharge", "Dispute", id="TT-9", state="ACKNOWLEDGED"),
    "invoice": invoice(),
    "request_invoice": known.said("requestInvoice", "InvoiceRequest", id="TT-8", state="ACKNOWLEDGED"),
    "end_bill_share": known.said("endBillShare", "BillShareEnded", id="H1"),
    "pause_charges": known.said("pauseCharges", "ChargeBrake", paused=["ROAMING"], pausedSince=None),
    "resume_charges": known.said("resumeCharges", "ChargeBrake", paused=[], pausedSince=None),
    "lock_call_records": known.said("lockCallRecords", "CallRecordSwitch", locked=True, since=None),
    "open_call_records": known.said("openCallRecords", "CallRecordSwitch", locked=False, since=None),
    "record_switch": switched(OPEN),
    "export_call_records": known.said("exportCallRecords", "RecordExport", id="X1", state="WAITING"),
    "delete_record_export": known.said("deleteRecordExport", "RecordExportDeleted", id="X1"),
    "call_off_personal_data": known.said(
        "callOffPersonalData", "PersonalDataRequest", id="X4", kind="ERASURE", state="CALLED_OFF"
    ),
}  # fmt: skip
FORMS = [
    ("/security", {"session": "S2"}, "end_session", {"sessionId": "S2"}, "/security?done=session_ended"),
    ("/security/others", {}, "end_other_sessions", {}, "/security?done=others_ended"),
    (
        "/security/password",
        {"old_password": "258 001", "new_password": "852963", "again": "852963"},
        "change_password",
        {"oldPassword": "258001", "newPassword": "852963"},
        "/security?done=password_changed",
    ),
    ("/security/passkeys/P2", {}, "remove_passkey", {"passkeyId": "P2"}, "/security?done=passkey_removed"),
    (
        "/lines/link",
        {"number": "138-0013-8005", "code": "135246", "challenge": "c", "deed": "check"},
        "link_line",
        {"number": "13800138005", "code": "135246", "challenge": "c"},
        "/lines?done=linked",
    ),
    (
        "/lines/link",
        {"line": "L4", "code": "135246", "challenge": "c", "deed": "check"},
        "link_line",
        {"number": "L4", "code": "135246", "challenge": "c"},
        "/lines?done=linked",
    ),
    ("/lines/L5/unlink", {}, "unlink_line", {"lineId": "L5"}, "/lines?done=unlinked"),
    ("/lines/L9/leave", {}, "end_help", {"helperId": "L9"}, "/lines?done=left"),
    (
        "/helpers/grant",
        {"number": "13800138003", "scope_usage": "on", "days": "30"},
        "grant_help",
        {"number": "13800138003", "scopes": ["line", "usage"], "days": 30},
        "/helpers?done=granted",
    ),
    (
        "/helpers/ask",
        {"number": "13800138003", "days": "x"},
        "ask_to_help",
        {"number": "13800138003", "scopes": ["line"], "days": 0},
        "/helpers?done=asked",
    ),
    (
        "/helpers/answer",
        {"person": "H3", "answer": "yes"},
        "answer_help",
        {"helperId": "H3", "accept": True},
        "/helpers?done=accepted",
    ),
    (
        "/helpers/answer",
        {"person": "H3", "answer": "no"},
        "answer_help",
        {"helperId": "H3", "accept": False},
        "/helpers?done=refused",
    ),
    ("/helpers", {"person": "H4"}, "end_help", {"helperId": "H4"}, "/helpers?done=ended"),
    (
        "/privacy",
        {"purpose": "MARKETING_SMS", "given": "yes"},
        "set_consent",
        {"purpose": "MARKETING_SMS", "given": True},
        "/privacy?done=consent",
    ),
    ("/privacy/export", {}, "request_personal_data", {"kind": "EXPORT"}, "/privacy?done=export"),
    ("/privacy/erasure", {"understood": "yes"}, "request_personal_data", {"kind": "ERASURE"}, "/privacy?done=erasure"),
    (
        "/bills/B202610/dispute",
        {"line": "R6", "reason": "NOT_USED", "words": " never\r\nused ", "deed": "send"},
        "dispute_charge",
        {"billId": "B202610", "ratedLineId": "R6", "reason": "NOT_USED", "words": "never used"},
        "/disputes/TT-9?done",
    ),
    (
        "/bills/B202610/dispute",
        {"reason": "OTHER", "deed": "send"},
        "dispute_charge",
        {"billId": "B202610", "ratedLineId": None, "reason": "OTHER", "words": None},
        "/disputes/TT-9?done",
    ),
    (
        "/bills/B202610/invoice",
        {"kind": "ORGANIZATION", "title": " Example  Ltd ", "tax_number": "9144 0101 ma59 6x3p", "deed": "send"},
        "request_invoice",
        {"billId": "B202610", "titleKind": "ORGANIZATION", "title": "Example Ltd", "taxNumber": "91440101MA596X3P"},
        "/bills/B202610/invoice?done",
    ),
    (
        "/bills/B202610/invoice",
        {"kind": "PERSON", "title": "陈晓彤", "tax_number": "91440101MA596X3P", "deed": "send"},
        "request_invoice",
        {"billId": "B202610", "titleKind": "PERSON", "title": "陈晓彤"},
        "/bills/B202610/invoice?done",
    ),
    (
        "/bills/B202610/share",
        {"share": "H1", "deed": "end"},
        "end_bill_share",
        {"shareId": "H1"},
        "/bills/B202610/share?done=ended",
    ),
    (
        "/usage/brake",
        {"charge_ROAMING": "on", "charge_THIRD_PARTY": "on", "charge_RENT": "on", "deed": "pause"},
        "pause_charges",
        {"charges": ["THIRD_PARTY", "ROAMING"]},
        "/usage/brake?done=paused",
    ),
    (
        "/usage/brake",
        {"charge_ROAMING": "on", "deed": "resume"},
        "resume_charges",
        {"charges": ["ROAMING"]},
        "/usage/brake?done=resumed",
    ),
    ("/records/switch", {"deed": "lock"}, "lock_call_records", {}, "/records/switch?done=locked"),
    ("/records/switch", {"deed": "open"}, "open_call_records", {}, "/records/switch?done=opened"),
    (
        "/records/export",
        {"month": "2026-10", "format": "PDF", "reveal": "on", "deed": "send"},
        "export_call_records",
        {"month": "2026-10", "format": "PDF", "reveal": True},
        "/records/exports?done=asked",
    ),
    ("/records/exports", {"export": "X1"}, "delete_record_export", {"exportId": "X1"}, "/records/exports?done=deleted"),
    ("/privacy/call-off", {"request": "X4"}, "call_off_personal_data", {"requestId": "X4"}, "/privacy?done=called_off"),
]  # fmt: skip


async def _token(client: httpx.AsyncClient) -> str:
    return form_token(await client.get("/settings"))


@pytest.mark.parametrize("sent", FORMS, ids=[f"{form[0]}-{form[4]}" for form in FORMS])
async def test_a_form_does_its_deed_and_leads_to_a_page_that_says_so(
    hall: httpx.AsyncClient, graph: FakeGraph, sent: tuple[str, dict[str, str], str, dict[str, object], str]
) -> None:
    path, typed, operation, given, led_to = sent
    graph.answers = DEEDS
    answer = await hall.post(path, data={"form": await _token(hall)} | typed)
    assert (answer.status_code, answer.headers["location"]) == (303, led_to)
    name, variables, caller = graph.asked[-1]
    assert name == "".join(part.title() for part in operation.split("_"))
    key = variables["input"].pop("idempotencyKey")
    assert variables == {"input": given}
    assert 8 <= len(key) <= 128
    assert caller.subscriber == "L1"


async def test_a_form_that_is_sent_twice_has_one_key_and_another_form_or_input_has_another(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = DEEDS
    token, other = await _token(hall), await _token(hall)
    for form, session in ((token, "S2"), (token, "S2"), (token, "S3"), (other, "S2")):
        await hall.post("/security", data={"form": form, "session": session})
    first, again, another_input, another_form = (asked[1]["input"]["idempotencyKey"] for asked in graph.asked)
    assert first == again
    assert len({first, another_input, another_form}) == 3


async def test_a_key_tells_nothing_of_a_password_or_code(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = DEEDS
    token = await _token(hall)
    for new in ("852963", "741852"):
        typed = {"old_password": "258001", "new_password": new, "again": new}
        await hall.post("/security/password", data={"form": token} | typed)
    keys = {asked[1]["input"]["idempotencyKey"] for asked in graph.asked}
    assert len(keys) == 1, "the key is the same whatever the secrets are"


async def test_two_new_passwords_that_differ_are_sent_nowhere(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    typed = {"old_password": "258001", "new_password": "852963", "again": "852964"}
    answer = await hall.post("/security/password", data={"form": await _token(hall)} | typed)
    assert answer.status_code == 422
    assert graph.asked == []
    assert "852963" not in answer.text


async def test_nobody_is_asked_for_a_code_to_link_before_two_proofs_and_the_number_stands_there_again(
    hall: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    graph.answers = DEEDS
    typed = {"number": "13800138005", "deed": "send"}
    led = await hall.post("/lines/link", data={"form": await _token(hall)} | typed)
    assert led.headers["location"] == "/step-up?level=3&within=600&next=/lines/link"
    assert doorkeeper.wishes == []
    assert 'value="13800138005"' in (await hall.get("/lines/link")).text
    doorkeeper.who = "proved"
    await hall.post("/lines/link", data={"form": await _token(hall)} | typed)
    assert doorkeeper.wishes == [
        CodeWish("13800138005", Purpose.LINK_LINE, Channel.WEB, "127.0.0.1", None, "138****8001")
    ]


@pytest.mark.parametrize("typed", [{"line": "L4"}, {"number": "020 8888 0002"}], ids=["chosen", "typed"])
async def test_for_a_line_of_ones_own_without_texts_the_code_comes_to_the_own_phone_and_names_the_line(
    hall: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper, typed: dict[str, str]
) -> None:
    graph.answers, doorkeeper.who = DEEDS, "proved"
    page = await hall.post("/lines/link", data={"form": await _token(hall), "deed": "send"} | typed)
    wish = CodeWish("13800138001", Purpose.LINK_LINE, Channel.WEB, "127.0.0.1", about="020****0002")
    assert doorkeeper.wishes == [wish]
    assert 'name="line" value="L4"' in page.text


async def test_going_over_to_another_line_begins_a_new_session_and_a_banner_leads_back(
    hall: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper, doors: FakeDoors
) -> None:
    answer = await hall.post("/lines/switch", data={"form": await _token(hall), "line": "L9"})
    assert doors.heard == [(TOKEN, "L9")]
    assert answer.headers["location"] == "/home"
    assert any(each.startswith("hall=a-switched-session") for each in answer.headers.get_list("set-cookie"))
    doorkeeper.live, doorkeeper.who = {"a-switched-session"}, "helper"
    for path in ("/home", "/usage", "/settings", "/check", "/nowhere"):
        page = (await hall.get(path)).text
        assert "您正在为 138****8009 代办" in page, path
        assert 'name="line" value="L1"' in page, "the own line, to go back to"
        assert 'href="/bills"' not in page.split("<main")[0], "what the owner did not allow is not in the menu"
        assert 'href="/security"' not in page, path


async def test_who_signs_in_again_leaves_no_session_behind(hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper) -> None:
    form = {"form": await _token(hall), "number": "13800138001", "by": "password", "password": "258001"}
    assert (await hall.post("/sign-in", data=form)).status_code == 303
    assert doorkeeper.live == {"a-new-session"}


@pytest.mark.parametrize(("code", "status"), [("unavailable", 503), ("not_found", 403)])
async def test_a_line_that_can_not_be_opened_changes_nothing(
    hall: httpx.AsyncClient, doors: FakeDoors, code: str, status: int
) -> None:
    doors.verdict = Turned(code)
    answer = await hall.post("/lines/switch", data={"form": await _token(hall), "line": "L7"})
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


async def test_a_forgotten_password_is_reset_by_code_and_id_and_every_session_ends(
    visitor: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    token = form_token(await visitor.get("/forgotten"))
    sent = await visitor.post("/forgotten", data={"form": token, "number": "138 0013 8001", "deed": "send"})
    assert doorkeeper.wishes == [CodeWish("13800138001", Purpose.RESET, Channel.WEB, "127.0.0.1")]
    assert "新的服务密码" in sent.text
    typed = {
        "number": "13800138001", "deed": "check", "challenge": "a-challenge", "code": "135246",
        "identity_number": "44010119900101001x", "new_password": "852963", "again": "852963",
    }  # fmt: skip
    done = await visitor.post("/forgotten", data={"form": token} | typed)
    assert done.headers["location"] == "/forgotten?done"
    reset = doorkeeper.heard[-1]
    assert isinstance(reset, PasswordReset)
    assert (reset.identity_number, reset.new_password) == ("44010119900101001x", "852963")
    assert (reset.evidence.purpose, reset.evidence.code, reset.evidence.challenge) == (
        Purpose.RESET,
        "135246",
        "a-challenge",
    )
    said = (await visitor.get("/forgotten?done")).text
    assert "24 小时" in said
    assert "所有设备都已退出登录" in said


async def test_what_was_typed_of_secrets_never_comes_back_in_a_page(
    visitor: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.verdict = Turned("wrong_credentials", {"tries_left": 2})
    typed = {
        "number": "13800138001", "deed": "check", "challenge": "c", "code": "135246",
        "identity_number": "440101199001010011", "new_password": "852963", "again": "852963",
    }  # fmt: skip
    token = form_token(await visitor.get("/forgotten"))
    page = (await visitor.post("/forgotten", data={"form": token} | typed)).text
    assert not [secret for secret in ("135246", "440101199001010011", "852963") if secret in page]


async def test_an_export_is_fetched_by_who_proved_level_3_and_kept_by_nobody(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper, doors: FakeDoors
) -> None:
    assert (await hall.get("/privacy/export/X1")).headers["location"] == "/step-up?level=3&within=600&next=/privacy"
    assert doors.heard == []
    doorkeeper.who = "proved"
    answer = await hall.get("/privacy/export/X1")
    assert answer.json() == {"sign_ins": []}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="onehall-export.json"'
    assert (await hall.get("/privacy/export/X2")).status_code == 404


async def test_while_it_rests_after_a_reset_no_export_is_given_out(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper, doors: FakeDoors
) -> None:
    doorkeeper.who = "resting"
    answer = await hall.get("/privacy/export/X1")
    assert answer.status_code == 403
    assert "密码刚重设过" in answer.text
    assert doors.heard == []


async def test_an_export_under_way_is_looked_at_again_by_itself_and_one_that_is_done_is_not(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = {"privacy": known.privacy(personalDataRequests=[known.wish(1, "EXPORT", "WORKING", progress=40)])}
    assert 'data-hx-trigger="every 3s"' in (await hall.get("/privacy")).text
    graph.answers = {"privacy": known.privacy()}
    assert "data-hx-trigger" not in (await hall.get("/privacy")).text


async def test_a_code_is_checked_for_the_number_that_a_visitor_names_and_for_the_own_line_otherwise(
    hall: httpx.AsyncClient, visitor: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = {"contact_check": known.check(known.CONTACTS[0]), "contacts": known.me(contacts=[])}
    await visitor.post("/check", data={"form": await _token(visitor), "code": "2046 8101", "number": "13800138001"})
    name, variables, caller = graph.asked[-1]
    assert (name, variables, caller.subscriber) == ("ContactCheck", {"code": "20468101", "number": "13800138001"}, None)
    page = await hall.post("/check", data={"form": await _token(hall), "code": "20468101"})
    assert graph.asked[1][1] == {"code": "20468101", "number": None}
    assert "是真的" in page.text
    assert "20468101" not in str(page.url), "no code stands in an address"


async def test_who_acts_for_another_checks_a_code_as_a_visitor(
    hall: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.who = "helper"
    graph.answers = {"contact_check": known.check(genuine=False)}
    await hall.post("/check", data={"form": await _token(hall), "code": "20468101", "number": "13800138009"})
    assert [(name, caller.subscriber) for name, _, caller in graph.asked] == [("ContactCheck", None)]


async def test_what_was_typed_of_a_dispute_is_shown_once_more_and_can_be_changed(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = DEEDS
    typed = {"line": "R6", "reason": "NOT_ORDERED", "words": "<b>never</b>"}
    checked = await hall.post("/bills/B202610/dispute", data={"form": await _token(hall), "deed": "check"} | typed)
    assert "&lt;b&gt;never&lt;/b&gt;" in checked.text
    assert 'name="deed" value="send"' in checked.text
    again = await hall.post("/bills/B202610/dispute", data={"form": await _token(hall), "deed": "edit"} | typed)
    assert 'value="NOT_ORDERED" required checked' in again.text
    assert [name for name, _, _ in graph.asked] == ["Charge", "Charge"], "nothing was sent"


async def test_a_charge_that_is_disputed_already_leads_to_its_ticket(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    dispute = {"id": "TT-7", "billId": "B202610", "ratedLineId": "R6", "state": "PENDING"}
    graph.answers = {"charge": charge([dispute])}
    assert (await hall.get("/bills/B202610/dispute?line=R6")).headers["location"] == "/disputes/TT-7"
    assert (await hall.get("/bills/B202610/dispute?line=R5")).status_code == 200
    graph.answers = {"charge": charge([dispute | {"state": "REJECTED"}])}
    assert (await hall.get("/bills/B202610/dispute?line=R6")).status_code == 200


async def test_a_tax_number_stands_in_no_key_no_address_and_no_cookie(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    proof = {"needed": 2, "have": 2, "freshWithinSeconds": 600, "ways": [["PASSWORD"]]}
    graph.answers = DEEDS | {"request_invoice": known.said("requestInvoice", "StepUpRequired", **proof)}
    typed = {"kind": "ORGANIZATION", "title": "Example Ltd", "tax_number": "91440101MA596X3P", "deed": "send"}
    led = await hall.post("/bills/B202610/invoice", data={"form": await _token(hall)} | typed)
    assert led.headers["location"].startswith("/step-up?level=2")
    assert "MA596X3P" not in str(led.headers)
    back = await hall.get("/bills/B202610/invoice")
    assert 'value="Example Ltd"' in back.text, "the rest of what was typed waits"


async def test_a_link_to_a_bill_is_told_in_the_answer_that_made_it_and_never_again(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    url = "https://hall.example/shared/secret"
    made = {"id": "H1", "url": url, "expiresAt": "2026-11-27T03:00:00+00:00"}
    graph.answers = {"share": share(), "share_bill": known.said("shareBill", "BillShare", **made)}
    form = {"form": await _token(hall), "deed": "share", "days": "365"}
    answer = await hall.post("/bills/B202610/share", data=form)
    assert f'value="{url}"' in answer.text
    assert graph.asked[0][1]["input"]["days"] == 7, "a term that nobody offered is the usual one"
    assert url not in (await hall.get("/bills/B202610/share")).text
    graph.answers = {"share": share(), "share_bill": known.said("shareBill", "BillShare", **(made | {"url": None}))}
    assert "链接已经显示过" in (await hall.post("/bills/B202610/share", data=form)).text
