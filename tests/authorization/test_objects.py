"""Does a thing of the owner's look to everybody else as if there were no such thing?"""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.database import write
from gateway.identity.oauth.client import ClientKind, OAuthClient
from gateway.identity.oauth.clients import add_client
from gateway.identity.passkey.tables import passkey
from gateway.identity.tables import to_us
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, ConsentQuestion, LeadTo, TokenEvidence
from tests.authorization.conftest import HELPING, OTHER, OWNER, WholeHall

SECONDARY, MEMBER, SOLD = "13800138004", "13800138008", "13800138005"
NO_SUCH, BACK = "0123456789abcdef0123456789abcdef", "https://partner.example/back"
BOTH = (Factor.PASSWORD, Factor.CODE)
STRANGERS = ("other", "secondary", "member", "helper", "client")
EVERYTHING = """{ me {
    bills { edges { node { id } } }
    inbox { id } sessions { id } passkeys { id } helpers { id } contacts { id } ownLines { id maskedNumber }
    auditTrail(first: 100) { id } personalDataRequests { id }
} }"""
BILL = "query($id: ID!) { me { bill(id: $id) { stale bill { id } } } }"
OLDER = "query($id: ID!) { me { auditTrail(first: 100, before: $id) { id } } }"
DOING = {
    "session": [("endSession", "sessionId")],
    "passkey": [("removePasskey", "passkeyId")],
    "helper": [("endHelp", "helperId"), ("answerHelp", "accept: true, helperId")],
    "request": [("callOffPersonalData", "requestId")],
    "line": [("unlinkLine", "lineId"), ("endHelp", "helperId")],
}


@dataclass(frozen=True)
class Belongings:
    """What the owner has, by id."""

    bill: str
    session: str
    passkey: str
    helper: str
    request: str
    record: str
    line: str


@dataclass(frozen=True)
class Scene:
    """The owner's things, the owner's token, and that of everybody else: in the app, and on the web."""

    things: Belongings
    owner: str
    strangers: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def scene(whole: WholeHall) -> Scene:
    line, helping = whole.line_id(OWNER), whole.line_id(HELPING)
    owner = whole.session(OWNER, line, Channel.APP, *BOTH)
    granted = f'number: "{HELPING}", scopes: ["line", "usage"], days: 30'
    helper = whole.do(owner, "grantHelp", granted, "... on Helper { id }")
    request = whole.do(owner, "requestPersonalData", "kind: EXPORT", "... on PersonalDataRequest { id }")
    whole.portal.call(give_passkey, whole, line)
    whole.portal.call(whole.house.hall.identity.personal_data_work.work_on_requests)
    me = whole.ask(owner, EVERYTHING)["data"]["me"]
    strangers = {}
    for who, number in (("other", OTHER), ("secondary", SECONDARY), ("member", MEMBER)):
        own = whole.line_id(number)
        app, web = (whole.session(number, own, channel, *BOTH) for channel in (Channel.APP, Channel.WEB))
        strangers[who] = (app, web)
    app, web = (whole.acting(HELPING, helping, channel, on=line) for channel in (Channel.APP, Channel.WEB))
    strangers["helper"] = (app, web)
    token = whole.portal.call(grant_client, whole, owner)
    strangers["client"] = (token, token)
    things = Belongings(
        bill=me["bills"]["edges"][0]["node"]["id"],
        session=me["sessions"][0]["id"],
        passkey=me["passkeys"][0]["id"],
        helper=helper["id"],
        request=request["id"],
        record=me["auditTrail"][0]["id"],
        line=line,
    )
    return Scene(things, owner, strangers)


async def give_passkey(whole: WholeHall, line_id: str) -> None:
    row = {"id": secrets.token_hex(16), "credential_id": "of-the-owner", "line_id": line_id, "number": OWNER}
    more = {"public_key": "", "sign_count": 0, "backed_up": False, "name": "A phone", "made_at_us": now_us()}
    async with write(whole.house.hall.engine) as connection:
        await connection.execute(passkey.insert().values(**row, **more))


def now_us() -> int:
    return to_us(datetime.now(UTC))


async def grant_client(whole: WholeHall, owner: str) -> str:
    """The access token of a partner to whom the owner said yes: line and money."""
    hall, verifier = whole.house.hall, secrets.token_urlsafe(32)
    scopes = frozenset({"line", "money"})
    client = OAuthClient("partner", "Partner", ClientKind.PUBLIC, (BACK,), scopes)
    await add_client(hall.engine, client, now=datetime.now(UTC))
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    wish = {"client_id": "partner", "response_type": "code", "redirect_uri": BACK, "scope": "line money", "state": "s"}
    wish |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    caller = await find_caller(whole, owner)
    question = await hall.identity.oauth.consents.examine(wish, caller)
    assert isinstance(question, ConsentQuestion), question
    lead = await hall.identity.oauth.consents.decide(question.request, granted=True, caller=caller)
    assert isinstance(lead, LeadTo), lead
    code = parse_qs(urlsplit(lead.address).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": BACK}
    async with httpx.AsyncClient(base_url=whole.address, timeout=60) as http:
        answer = await http.post("/oauth/token", data={"client_id": "partner", **form})
    token: str = answer.raise_for_status().json()["access_token"]
    return token


async def find_caller(whole: WholeHall, token: str) -> Caller:
    admitted = await whole.house.hall.doorkeeper.admit(TokenEvidence(token), Channel.APP)
    assert isinstance(admitted, Admitted)
    return admitted.caller


@pytest.mark.parametrize("who", STRANGERS)
def test_who_asks_for_the_bill_hears_what_is_said_of_none(whole: WholeHall, scene: Scene, who: str) -> None:
    token, _ = scene.strangers[who]
    of_theirs = whole.ask(token, BILL, id=scene.things.bill)
    assert of_theirs == whole.ask(token, BILL, id=NO_SUCH)
    assert of_theirs["data"]["me"]["bill"] is None


@pytest.mark.parametrize("who", STRANGERS)
def test_a_record_of_the_owner_s_leads_into_no_trail_but_one_s_own(whole: WholeHall, scene: Scene, who: str) -> None:
    token, _ = scene.strangers[who]
    older = whole.ask(token, OLDER, id=scene.things.record)["data"]["me"]["auditTrail"]
    if who in {"helper", "client"}:
        assert older is None
    else:
        records = {each["id"] for each in whole.ask(scene.owner, EVERYTHING)["data"]["me"]["auditTrail"]}
        assert records.isdisjoint({each["id"] for each in older})


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("thing", DOING)
def test_who_lays_hands_on_it_touches_nothing(whole: WholeHall, scene: Scene, thing: str, who: str) -> None:
    token, _ = scene.strangers[who]
    before = list_belongings(whole, scene)
    for deed, argument in DOING[thing]:
        of_theirs = whole.do(token, deed, f'{argument}: "{getattr(scene.things, thing)}"')
        assert of_theirs == whole.do(token, deed, f'{argument}: "{NO_SUCH}"'), deed
        assert of_theirs["__typename"] == ("NotYours" if who in {"helper", "client"} else "NotFound"), deed
    assert list_belongings(whole, scene) == before


def list_belongings(whole: WholeHall, scene: Scene) -> dict[str, Any]:
    """What the owner has, but for the trail, in which the deeds of a helper and a client stand as well."""
    me: dict[str, Any] = whole.ask(scene.owner, EVERYTHING)["data"]["me"]
    return {name: value for name, value in me.items() if name != "auditTrail"}


@pytest.mark.parametrize("who", STRANGERS)
def test_nobody_else_goes_over_to_the_line(whole: WholeHall, scene: Scene, who: str) -> None:
    token, _ = scene.strangers[who]
    headers = {"authorization": f"Bearer {token}"}
    said = [
        httpx.post(f"{whole.address}/api/switch-line", json={"lineId": line}, headers=headers)
        for line in (scene.things.line, NO_SUCH)
    ]
    if who == "helper":  # who acts for the line is there already, under the same token and no surer than before
        assert [answer.status_code for answer in said] == [200, 404]
        assert said[0].json()["token"] == token
        return
    assert {(answer.status_code, answer.text) for answer in said} == {
        (401, '{"code":"session_ended","parameters":{}}')
        if who == "client"
        else (404, '{"code":"not_found","parameters":{}}')
    }


@pytest.mark.parametrize("who", STRANGERS)
def test_an_export_is_its_owner_s(whole: WholeHall, scene: Scene, who: str) -> None:
    _, token = scene.strangers[who]
    paths = [f"/privacy/export/{request}" for request in (scene.things.request, NO_SUCH)]
    answers = [fetch(whole, path, token) for path in paths]
    assert {answer.status_code for answer in answers} == {{"helper": 403, "client": 303}.get(who, 404)}
    own = whole.session(OWNER, scene.things.line, Channel.WEB, *BOTH)
    assert fetch(whole, paths[0], own).headers["content-type"] == "application/zip"
    whole.portal.call(whole.house.hall.doorkeeper.sign_out, own)


def fetch(whole: WholeHall, path: str, token: str) -> httpx.Response:
    return httpx.get(f"{whole.address}{path}", headers={"cookie": f"__Host-hall={token}"}, timeout=60)


@pytest.mark.parametrize("who", STRANGERS)
def test_no_list_of_somebody_else_s_names_it(whole: WholeHall, scene: Scene, who: str) -> None:
    token, _ = scene.strangers[who]
    found = find_ids(scene.things, whole.ask(token, EVERYTHING))
    allowed = {scene.things.bill} if who == "client" else set()  # the amounts of bills were granted with "money"
    assert found <= allowed


def find_ids(things: Belongings, answer: dict[str, Any]) -> set[str]:
    """Those of the owner's things whose id an answer holds."""
    text = json.dumps(answer)
    return {each for each in astuple(things) if json.dumps(each) in text}


@pytest.mark.parametrize("who", ["helper", "client"])
def test_nobody_has_a_code_texted_in_the_owner_s_name(whole: WholeHall, scene: Scene, who: str) -> None:
    token, _ = scene.strangers[who]
    answer = httpx.post(
        f"{whole.address}/api/sign-in/code",
        json={"number": OTHER, "purpose": "link_line"},
        headers={"authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")


def test_who_held_a_number_before_and_who_holds_it_now_know_nothing_of_each_other(whole: WholeHall) -> None:
    line = whole.line_id(SOLD)
    before = whole.session(SOLD, line, Channel.APP, *BOTH)
    whole.do(before, "grantHelp", f'number: "{HELPING}", scopes: ["usage"], days: 30')
    old = whole.ask(before, EVERYTHING)["data"]["me"]
    assert old["helpers"]
    assert old["sessions"]
    whole.lever("/sandbox/recycle", number=SOLD)
    whole.portal.call(whole.house.hall.doorkeeper.recheck_line, line)

    gone = httpx.post(
        f"{whole.address}/graphql",
        json={"query": EVERYTHING},
        headers={"authorization": f"Bearer {before}"},
        timeout=60,
    )
    assert gone.status_code == 401, "the former owner's session lives on"
    found: Callable[..., Any] = whole.house.hall.identity.lines.find_line
    heir = whole.portal.call(found, SOLD)
    assert heir is not None
    assert heir.id != line
    new = whole.ask(whole.session(SOLD, heir.id, Channel.APP, *BOTH), EVERYTHING)["data"]["me"]
    assert (new["helpers"], new["passkeys"], new["personalDataRequests"], new["inbox"]) == ([], [], [], [])
    assert {each["id"] for each in old["auditTrail"]}.isdisjoint({each["id"] for each in new["auditTrail"]})
    bills = {each["node"]["id"] for each in ((new["bills"] or {}).get("edges") or [])}
    assert bills.isdisjoint({each["node"]["id"] for each in old["bills"]["edges"]})
    for name in ("sessions", "ownLines"):
        assert {each["id"] for each in old[name]}.isdisjoint({each["id"] for each in new[name]}), name
