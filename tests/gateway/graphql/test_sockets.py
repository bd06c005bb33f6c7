"""Who may open a socket, and how many at once?"""

import pytest
from starlette.requests import HTTPConnection

from gateway.graphql_sockets import Sockets, origin_of


def dial(source: str = "10.0.0.1", origin: str | None = None) -> HTTPConnection:
    headers = [] if origin is None else [(b"origin", origin.encode())]
    return HTTPConnection({"type": "websocket", "client": (source, 1), "headers": headers})


@pytest.fixture
def sockets() -> Sockets:
    return Sockets(origin_of("https://hall.example/path"), of_a_source_most=2, most=3)


@pytest.mark.parametrize("origin", [None, "https://hall.example"])
def test_an_app_and_our_own_pages_may(sockets: Sockets, origin: str | None) -> None:
    assert sockets.find_refusal(dial(origin=origin)) is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://hall.example",
        "https://hall.example:8443",
        "https://hall.example.evil",
        "null",
        "",
    ],
)
def test_a_page_of_another_origin_may_not(sockets: Sockets, origin: str) -> None:
    assert sockets.find_refusal(dial(origin=origin)) == 403


def test_a_source_has_so_many_and_no_more_until_one_closes(sockets: Sockets) -> None:
    with sockets.counted(dial()):
        with sockets.counted(dial()):
            assert sockets.find_refusal(dial()) == 429
            assert sockets.find_refusal(dial("10.0.0.2")) is None
        assert sockets.find_refusal(dial()) is None


def test_a_household_of_ipv6_addresses_is_one_source(sockets: Sockets) -> None:
    with sockets.counted(dial("2001:db8::1")), sockets.counted(dial("2001:db8::2")):
        assert sockets.find_refusal(dial("2001:db8::3")) == 429


def test_a_process_has_so_many_in_all(sockets: Sockets) -> None:
    with sockets.counted(dial("a")), sockets.counted(dial("b")), sockets.counted(dial("c")):
        assert sockets.find_refusal(dial("d")) == 429
