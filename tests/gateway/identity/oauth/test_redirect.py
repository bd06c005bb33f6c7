"""Which addresses may be registered, and which are the registered ones?"""

import pytest

from gateway.identity.oauth.redirect import find_flaw, is_registered, name_host


@pytest.mark.parametrize(
    ("address", "confidential", "allowed"),
    [
        ("https://partner.example/back", True, True),
        ("https://partner.example/back?tenant=1", True, True),
        ("http://127.0.0.1/back", False, True),
        ("http://[::1]:8080/back", False, True),
        ("http://localhost:3000/back", True, True),
        ("com.example.app:/back", False, True),
        ("com.example.app:/back", True, False),
        ("myapp:/back", False, False),
        ("http://partner.example/back", True, False),
        ("http://127.0.0.1.evil.example/back", True, False),
        ("https://partner.example/back#part", True, False),
        ("https://user@partner.example/back", True, False),
        ("https:///back", True, False),
        ("javascript:alert(1)", False, False),
        ("data:text/html,x", False, False),
        ("//partner.example/back", True, False),
        ("/back", True, False),
        ("", True, False),
        ("https://partner.example/ back", True, False),
        ("https://pärtner.example/back", True, False),
        ("https://partner.example:x/back", True, False),
        ("https://partner.example/" + "x" * 2000, True, False),
    ],
)
def test_only_an_address_that_nobody_else_can_listen_at_is_registered(
    address: str, confidential: bool, allowed: bool
) -> None:
    assert (find_flaw(address, confidential=confidential) is None) is allowed


WEB, LOOP, LOOP6 = "https://partner.example/back", "http://127.0.0.1/back", "http://[::1]/back"


@pytest.mark.parametrize(
    ("address", "any_port", "good"),
    [
        (WEB, False, True),
        (WEB + "/", False, False),
        (WEB + "?a=1", False, False),
        ("https://partner.example:443/back", False, False),
        ("https://PARTNER.example/back", False, False),
        ("https://partner.example/%62ack", False, False),
        ("https://partner.example.evil.example/back", False, False),
        (LOOP, False, True),
        ("http://127.0.0.1:51234/back", False, False),
        ("http://127.0.0.1:51234/back", True, True),
        ("http://[::1]:51234/back", True, True),
        ("http://127.0.0.1:51234/other", True, False),
        ("http://127.0.0.1:51234/back?a=1", True, False),
        ("https://127.0.0.1:51234/back", True, False),
        ("http://localhost:51234/back", True, False),
        ("http://127.0.0.1:51234@evil.example/back", True, False),
        ("http://evil.example@127.0.0.1:51234/back", True, False),
        ("http://127.0.0.1:999999/back", True, False),
        ("https://partner.example:51234/back", True, False),
        ("http://127.0.0.1:51234/back#x", True, False),
    ],
)
def test_an_address_is_compared_character_by_character_but_for_an_open_loopback_port(
    address: str, any_port: bool, good: bool
) -> None:
    assert is_registered(address, (WEB, LOOP, LOOP6), any_loopback_port=any_port) is good


def test_a_person_is_told_the_host_or_the_app_s_own_scheme() -> None:
    assert name_host("https://Partner.example:8443/back") == "partner.example"
    assert name_host("com.example.app:/back") == "com.example.app"
