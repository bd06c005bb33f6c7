"""What does the hall answer on the wire, whoever asks and however oddly?"""

import re
import socket
from collections.abc import Iterator

import httpx
import pytest
from starlette.routing import Route

from gateway.app import ROUTE_ACCESS, list_routes
from tests.security.conftest import NUMBER, PUBLIC_URL, StrongHouse

NOBODYS = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/oauth/jwks",
}
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: hall.example\r\n\r\n"


def addresses(house: StrongHouse, method: str) -> Iterator[str]:
    """Every address that answers this method, with made-up values where it takes one."""
    for route in list_routes(house.hall):
        if isinstance(route, Route) and method in (route.methods or set()):
            yield re.sub(r"\{[^}]*\}", "of-somebody", route.path)


def test_every_route_says_who_may_use_it(strong_house: StrongHouse) -> None:
    paths = {str(getattr(route, "path", route)) for route in list_routes(strong_house.hall)}
    assert paths == set(ROUTE_ACCESS), "write a line in gateway/app.py"


def test_nothing_is_done_by_an_address_alone(strong_house: StrongHouse) -> None:
    """A picture or a link of another site can only make a browser GET."""
    gets = set(addresses(strong_house, "GET"))
    with strong_house.browser() as browser:
        for address in set(addresses(strong_house, "POST")) - gets:
            assert browser.get(address).status_code in {404, 405}, address
    with strong_house.app() as app:
        deed = 'mutation { endOtherSessions(input: {idempotencyKey: "by-address"}) { __typename } }'
        answer = app.get("/graphql", params={"query": deed})
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (405, "mutation_needs_post")


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 0\r\nContent-Length: 50",
        b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding : chunked",
        b"Content-Length: +5",
        b"Content-Length: 0x5",
    ],
)
def test_a_body_of_two_lengths_smuggles_no_second_request(strong_house: StrongHouse, framing: bytes) -> None:
    head = b"POST /api/sign-in HTTP/1.1\r\nHost: hall.example\r\nContent-Type: application/json\r\n"
    answers = send_raw(strong_house, head + framing + b"\r\n\r\n0\r\n\r\n" + SMUGGLED)
    assert b"alive" not in answers
    assert answers.startswith(b"HTTP/1.1 4")


def test_a_method_that_no_page_needs_is_refused_and_echoes_nothing(strong_house: StrongHouse) -> None:
    with strong_house.browser() as browser:
        for address in sorted({*addresses(strong_house, "GET"), *addresses(strong_house, "POST")}):
            answer = browser.request("TRACE", address, headers={"x-canary": "echo-me"})
            assert answer.status_code == 405, address
            assert "echo-me" not in answer.text


def test_every_answer_says_what_it_is_and_in_which_alphabet(strong_house: StrongHouse) -> None:
    with strong_house.browser() as browser:
        for address in addresses(strong_house, "GET"):
            answer = browser.get(address)
            said = answer.headers.get("content-type", "")
            assert said or not answer.content, address
            if re.match(r"text/|.*[/+]xml", said):
                assert "charset=utf-8" in said, address


def test_what_belongs_to_a_person_is_kept_by_nobody(strong_house: StrongHouse) -> None:
    with strong_house.browser() as browser:
        for address in addresses(strong_house, "GET"):
            answer = browser.get(address)
            assert address in NOBODYS or answer.headers.get("cache-control") == "no-store", address


def test_each_page_asks_for_https_and_keeps_other_sites_out(strong_house: StrongHouse) -> None:
    with strong_house.browser() as browser:
        pages = {address: browser.get(address) for address in addresses(strong_house, "GET")}
    html = {
        address: page.headers for address, page in pages.items() if "text/html" in page.headers.get("content-type", "")
    }
    assert {"/home", "/bills", "/usage", "/inbox", "/settings"} <= set(html)
    for address, headers in html.items():
        policy = headers["content-security-policy"]
        assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy.split("; ")), address
        assert "unsafe" not in policy, address
        assert int(headers["strict-transport-security"].removeprefix("max-age=").partition(";")[0]) >= 31_536_000
        assert headers["x-content-type-options"] == "nosniff", address
        assert headers["referrer-policy"] in {"same-origin", "no-referrer"}, address


def test_no_answer_lets_another_origin_read_it(strong_house: StrongHouse) -> None:
    with strong_house.browser() as browser:
        for address in addresses(strong_house, "GET"):
            for method in ("GET", "OPTIONS"):
                asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
                answer = browser.request(method, address, headers=asked)
                assert "access-control-allow-origin" not in answer.headers, address


def test_the_session_opens_nothing_at_the_api(strong_house: StrongHouse) -> None:
    """So a page of another site, whose requests carry the cookie, has nothing to gain there."""
    with strong_house.browser() as browser:
        answer = browser.post("/graphql", json={"documentId": "Home"}, headers={"origin": "https://evil.example"})
        assert answer.json()["errors"][0]["extensions"]["code"] == "sign_in_required"
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            sent = browser.post("/graphql", content=b'{"documentId":"Home"}', headers={"content-type": kind})
            assert sent.status_code == 415


def test_what_stands_in_the_address_is_no_part_of_a_form(strong_house: StrongHouse) -> None:
    with strong_house.visitor() as visitor:
        form = re.search(r'name="form" value="([^"]+)"', visitor.get("/sign-in").text)
        assert form
        cookie = visitor.get("/sign-in").headers["set-cookie"].partition(";")[0]
        answer = visitor.post(
            f"/sign-in?number={NUMBER}&password=258001&form={form[1]}",
            data={"by": "password"},
            headers={"cookie": cookie, "origin": PUBLIC_URL},
        )
        assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/.git/config", "/.env", "/static/", "/static", "/pyproject.toml", "/keys/identity"])
def test_no_folder_is_listed_and_nothing_beside_the_pages_is_given_out(strong_house: StrongHouse, path: str) -> None:
    with strong_house.visitor() as visitor:
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert "Index of" not in answer.text


def test_every_answer_asks_for_https_and_is_neither_sniffed_nor_framed_nor_kept(strong_house: StrongHouse) -> None:
    """Pages, the API, calls, faults and refused methods alike."""
    with strong_house.browser() as browser:
        for method in ("GET", "POST", "PUT"):
            for address in sorted({*addresses(strong_house, "GET"), *addresses(strong_house, "POST")}):
                headers = browser.request(method, address).headers
                assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains", address
                assert headers["x-content-type-options"] == "nosniff", address
                assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
                    headers["content-security-policy"].split("; ")
                ), address
                assert headers["referrer-policy"] in {"same-origin", "no-referrer"}, address


def test_every_cookie_belongs_to_this_host_alone(strong_house: StrongHouse) -> None:
    with strong_house.browser() as browser, strong_house.visitor() as visitor:
        answers = [client.get(address) for client in (browser, visitor) for address in addresses(strong_house, "GET")]
        seal = re.search(r'name="form" value="([^"]+)"', browser.get("/settings").text)
        assert seal
        wishes = {"form": seal[1], "language": "en", "theme": "dark", "elder": "on", "next": "/settings"}
        answers += [browser.post("/settings", data=wishes), browser.post("/sign-out", data={"form": seal[1]})]
    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"__Host-form", "__Host-hall", "__Host-language"}
    for cookie in cookies:
        assert cookie.startswith("__Host-"), cookie
        assert {"HttpOnly", "Path=/", "Secure"} <= set(cookie.split("; ")), cookie
        assert re.search("SameSite=(lax|strict)", cookie), cookie
        assert "domain=" not in cookie.lower()


def send_raw(house: StrongHouse, request: bytes) -> bytes:
    """What comes back before the other side closes, or is silent for a moment."""
    url = httpx.URL(house.address)
    answers = b""
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        connection.sendall(request)
        connection.settimeout(1)
        try:
            while part := connection.recv(65536):
                answers += part
        except TimeoutError:
            pass
    return answers
