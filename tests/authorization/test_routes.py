"""Does every route of the gateway answer each kind of caller as the hand-reviewed table says?"""

import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from channels.browser.own_form import issue_form_token
from gateway.app import ROUTE_ACCESS, list_routes
from graphql_schema.assurance import Factor
from graphql_schema.client import Channel, Role
from tests.authorization.conftest import HELPING, OTHER, OWNER, PUBLIC_URL, WholeHall

PROTOCOL = Subprotocol("graphql-transport-ws")
TABLE = Path(__file__).with_name("routes.tsv")
NAMED: Mapping[str, str] = {
    "{token}": "nobody's",
    "{bill_id}": "B-no-such-bill",
    "{passkey_id}": "no-such-passkey",
    "{line_id}": "no-such-line",
    "{request_id}": "no-such-request",
    "{export_id}": "no-such-export",
    "{dispute_id}": "no-such-dispute",
    "{offering_id}": "no-such-offering",
    "{prepared_id}": "no-such-change",
    "{order_id}": "no-such-order",
    "{receipt}": "no-such-receipt",
    "{campaign_id}": "no-such-campaign",
    "{source}": "no-such-provider",
    "{code}": "ABCD2345",
    "{redemption_id}": "no-such-redemption",
    "{grant_id}": "no-such-grant",
    "{name:path}": "no-such-file",
    "{unknown:path}": "no-such-page",
}
"""What stands in an address for a thing that is nobody's; the objects that are somebody's have tests of their own."""
QUESTION = "{ me { line { id } } }"
FRESH = "a number that nobody guessed at before"
_numbers = count(13_900_000_001)
JSON: Mapping[str, Mapping[str, object]] = {
    "/graphql": {"query": QUESTION},
    "/api/sign-in": {"number": FRESH, "password": "000000"},
    "/api/sign-in/code": {"number": FRESH, "purpose": "link_line"},
    "/api/step-up": {"password": "000000"},
    "/api/passwords/reset": {},
    "/api/sign-out": {},
    "/api/switch-line": {"lineId": "no-such-line"},
    "/api/passkeys/challenge": {},
}
"""What an app sends there; every other address is sent a form of ours."""
FORMS: Mapping[str, Mapping[str, str]] = {
    "/sign-in": {"number": FRESH, "password": "000000"},
    "/check": {"number": FRESH, "code": "12345678"},
    "/security/password": {"old_password": "000000", "new_password": "914725", "again": "914725"},
    "/lines/link": {"number": OTHER, "deed": "send"},
    "/lines/switch": {"line": "no-such-line"},
    "/helpers/grant": {"number": OTHER, "days": "30", "scope_usage": "1"},
    "/helpers/ask": {"number": OTHER, "days": "30", "scope_usage": "1"},
    "/privacy": {"purpose": "MARKETING_SMS", "given": "yes"},
    "/privacy/erasure": {"understood": "1"},
    "/bills/{bill_id}/dispute": {"reason": "OTHER", "deed": "send"},
    "/bills/{bill_id}/invoice": {"kind": "PERSON", "title": "Chen", "deed": "send"},
    "/usage/brake": {"deed": "pause", "charge_ROAMING": "on"},
    "/records": {"kind_VOICE": "on"},
    "/change": {"action": "DROP", "package": "no-such-package", "deed": "prepare"},
    "/change/{prepared_id}": {"deed": "confirm"},
    "/recharge": {"number": FRESH, "amount": "50", "pay": "SANDBOX.PAGE", "deed": "send"},
    "/recharge/voucher": {"number": FRESH, "card": "000000000000000000", "deed": "send"},
    "/recharge/auto": {"deed": "end"},
    "/transfer": {"number": OTHER, "amount": "1", "deed": "send"},
    "/points/transfer": {"number": OTHER, "points": "1", "deed": "send"},
    "/records/switch": {"deed": "open"},
    "/records/export": {"deed": "send", "format": "CSV"},
    "/passkeys/begin": {"deed": "make"},
    "/desk/sign-in": {"id": FRESH, "passphrase": "three grey herons", "code": "000000"},
    "/desk/line": {"number": OWNER},
    "/desk/line/end-sessions": {"number": OTHER, "reason": "they asked"},
    "/desk/promise": {
        "number": OTHER,
        "offering": "plan-59",
        "price": "49.00",
        "starts": "2026-12-01",
        "months": "12",
        "step": "keep",
    },
    "/desk/contact": {"number": OTHER, "kind": "CALL", "purpose": "FAULT", "minutes": "30"},
    "/desk/rest": {"what": "orders", "reason_zh": "升级", "reason_en": "upgrade", "step": "rest"},
    "/desk/rest/end": {"id": "no-such-notice"},
    "/desk/refund": {"recharge": "no-such-recharge", "amount": "1.00", "step": "refund"},
    "/desk/campaigns/new": {"document": "{}", "step": "check"},
    "/desk/campaign/{campaign_id}": {"deed": "off", "step": "do"},
    "/desk/mall": {"code": "NONE", "shown": "on"},
    "/desk/mall/codes": {"batch": "books", "codes": "AAAA-1", "step": "put"},
    "/desk/mall/item": {
        "code": "NEW",
        "kind": "DONATION",
        "points": "10",
        "name_zh": "捐赠",
        "name_en": "A gift",
        "step": "put",
    },
    "/desk/redemption": {"id": "no-such-redemption"},
    "/desk/redemption/return": {"id": "no-such-redemption", "step": "begin"},
    "/desk/bulk": {"id": "no-such-deed", "decision": "approve"},
    "/desk/bulk/new": {"numbers": OTHER, "kind": "END_SESSIONS", "reason": "a leak", "step": "propose"},
}
"""What is typed into a form that would be sent back empty before anybody asks whose it is."""


class Crowd:
    """Everybody who knocks. A session that a deed may end is begun anew for each knock."""

    def __init__(self, whole: WholeHall) -> None:
        self._whole = whole
        self._owner, self._helping = whole.line_id(OWNER), whole.line_id(HELPING)
        strong = whole.session(OWNER, self._owner, Channel.APP, Factor.PASSWORD, Factor.CODE)
        granted = whole.do(strong, "grantHelp", f'number: "{HELPING}", scopes: ["line", "usage"], days: 30')
        assert granted["__typename"] == "Helper", granted

    def tokens(self, who: str) -> tuple[str, str, str]:
        """What somebody shows as the cookie of the web hall, as the app's bearer token, as the cookie of the desk."""
        match who:
            case "subscriber":
                return (self._proved(Channel.WEB), self._proved(Channel.APP), "")
            case "ended":
                web, app = self._proved(Channel.WEB), self._proved(Channel.APP)
                for token in (web, app):
                    self._whole.portal.call(self._whole.house.hall.doorkeeper.sign_out, token)
                return (web, app, "")
            case "helper":
                web, app = (
                    self._whole.acting(HELPING, self._helping, channel, on=self._owner)
                    for channel in (Channel.WEB, Channel.APP)
                )
                return (web, app, "")
            case "care":
                return (desk := self._whole.staff(Role.CARE), desk, desk)
            case "crossed":
                return (self._proved(Channel.APP), web := self._proved(Channel.WEB), web)
            case _:
                return ("", "", "")

    def _proved(self, channel: Channel) -> str:
        return self._whole.session(OWNER, self._owner, channel, Factor.PASSWORD)


@pytest.fixture(scope="module")
def crowd(whole: WholeHall) -> Crowd:
    return Crowd(whole)


@pytest.fixture(scope="module")
def visitor(whole: WholeHall) -> Iterator[httpx.Client]:
    with whole.visitor() as visitor:
        yield visitor


def read_table() -> dict[tuple[str, str], dict[str, str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    names = lines[0].split("\t")[2:]
    rows = [line.split("\t") for line in lines[1:]]
    assert len({(method, path) for method, path, *_ in rows}) == len(rows), "two rows for one route"
    return {(method, path): dict(zip(names, cells, strict=True)) for method, path, *cells in rows}


CELLS = [(address, who, cell) for address, row in read_table().items() for who, cell in row.items()]


@pytest.mark.parametrize(
    ("address", "who", "expected"), CELLS, ids=[f"{' '.join(address)} {who}" for address, who, _ in CELLS]
)
def test_a_route_answers_as_the_table_says(
    visitor: httpx.Client, crowd: Crowd, address: tuple[str, str], who: str, expected: str
) -> None:
    assert knock(visitor, *address, crowd.tokens(who)) == expected


def knock(visitor: httpx.Client, method: str, path: str, shown: tuple[str, str, str]) -> str:
    """The status of the answer; of one that leads on, where to."""
    web, app, desk = shown
    if method == "SOCKET":
        return knock_on_socket(str(visitor.base_url).rstrip("/"), app)
    cookies = {"__Host-hall": web, "__Host-desk": desk, "__Host-form": "a-visitor", "__Host-desk-form": "a-visitor"}
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items() if value), "origin": PUBLIC_URL}
    if app:
        headers["authorization"] = f"Bearer {app}"
    address = path
    for name, value in NAMED.items():
        address = address.replace(name, value)
    if method == "GET":
        return read_answer(visitor.get(address, headers=headers))
    number = str(next(_numbers))
    typed = {name: number if value is FRESH else value for name, value in {**JSON, **FORMS}.get(path, {}).items()}
    if path in JSON:
        return read_answer(visitor.post(address, json=typed, headers=headers))
    secret = (desk if path.startswith("/desk") else web) or "a-visitor"
    return read_answer(visitor.post(address, data={"form": issue_form_token(secret), **typed}, headers=headers))


def knock_on_socket(address: str, app: str) -> str:
    """What the first question over a socket is answered with, or the code that closes it."""
    with connect(address.replace("http", "ws", 1) + "/graphql", subprotocols=[PROTOCOL]) as socket:
        shown = {"payload": {"authorization": f"Bearer {app}"}} if app else {}
        socket.send(json.dumps({"type": "connection_init", **shown}))
        try:
            assert json.loads(socket.recv(10))["type"] == "connection_ack"
            socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": QUESTION}}))
            said = json.loads(socket.recv(10))
        except ConnectionClosed as closed:
            return str(closed.rcvd.code if closed.rcvd else None)
        errors = said["payload"].get("errors") if said["type"] == "next" else said["payload"]
        return f"{said['type']} {errors[0]['extensions']['code']}" if errors else str(said["type"])


def read_answer(answer: httpx.Response) -> str:
    if answer.status_code == 200 and answer.headers["content-type"].startswith("application/json"):
        errors = answer.json().get("errors")
        return f"200 {errors[0]['extensions']['code']}" if errors else "200"
    if answer.is_redirect:
        return f"{answer.status_code} {urlsplit(answer.headers['location']).path}"
    return str(answer.status_code)


def test_every_route_and_method_has_a_row_and_no_other(whole: WholeHall) -> None:
    routes = [route for route in list_routes(whole.house.hall) if isinstance(route, Route)]
    served = {(method, route.path) for route in routes for method in (route.methods or ()) if method != "HEAD"}
    served |= {("SOCKET", each.path) for each in list_routes(whole.house.hall) if isinstance(each, WebSocketRoute)}
    assert served == set(read_table())
    assert {path for _, path in served} == set(ROUTE_ACCESS)
