"""Does anything that is sent to any route make the house fail?

``pytest tests/security/test_junk.py --hypothesis-profile=deep`` sends a hundred times as much.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from gateway.app import ROUTE_ACCESS, list_routes
from gateway.keys import hub_token
from tests.security.conftest import NUMBER, PASSWORD, PUBLIC_URL, StrongHouse

ROOT = Path(__file__).parents[2]
SENT_IN_ALL = 7 * settings.default.max_examples
"""Shared by all routes: 700 requests take some 10 s."""

PAGES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "web" / "templates").rglob("*.html"))
FIELDS = sorted(
    {*re.findall(r' name="(\w+)"', PAGES), "number", "code", "token", "next", "session", "digits", "caller"}
)
ODD = st.one_of(
    st.sampled_from([NUMBER, PASSWORD, "0", "-1", "1e999", "NaN", "../..", "\0", "'\"<>", "\ud800", "9" * 4000]),
    st.text(max_size=30),
)
WORDS = st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD, lambda each: st.lists(each, max_size=3) | WORDS
)
BODIES = st.one_of(
    WORDS.map(lambda words: ("application/x-www-form-urlencoded", urlencode(words, errors="replace").encode())),
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6).map(lambda body: ("application/json", to_json(body))),
    VALUES.map(lambda body: ("application/json", to_json(body))),
    st.tuples(st.sampled_from(["application/json", "text/plain", "multipart/form-data; boundary=x", ""]), st.binary()),
)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30).map(
    str.strip
)

JUNK = st.fixed_dictionaries(
    {
        "parts": st.lists(ODD, min_size=3, max_size=3),
        "query": WORDS,
        "body": BODIES,
        "headers": st.dictionaries(st.sampled_from(["accept", "accept-language", "authorization"]), HEADER),
        "source": st.integers(0, 0xFFFF),
    }
)


@pytest.mark.parametrize("path", ROUTE_ACCESS)
def test_no_junk_is_a_fault_of_ours(strong_house: StrongHouse, path: str) -> None:
    routes = [route for route in list_routes(strong_house.hall) if getattr(route, "path", "") == path]
    methods = sorted({method for route in routes if isinstance(route, Route) for method in route.methods or ()})
    heard: Counter[int] = Counter()
    with strong_house.browser() as browser:
        seal = re.search(r'name="form" value="([^"]+)"', browser.get("/settings").text)
        assert seal

        @given(junk=JUNK, method=st.sampled_from(methods))
        @settings(
            max_examples=max(8, SENT_IN_ALL // len(ROUTE_ACCESS)),
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        def send(junk: dict[str, Any], method: str) -> None:
            parts = [hub_token(strong_house.hall.settings), *junk["parts"]]
            taken = iter(parts if "{token}" in path else parts[1:])
            filled = re.sub(r"\{[^}]*\}", lambda _: quote(next(taken), safe="", errors="replace")[:900], path)
            kind, content = junk["body"]
            if "form-urlencoded" in kind:
                content += b"&form=" + quote(seal[1]).encode()
            answer = browser.request(
                method,
                f"{filled}?{urlencode(junk['query'], errors='replace')}",
                content=content if method == "POST" else b"",
                headers={
                    **{name: value.encode("latin-1") for name, value in junk["headers"].items()},
                    "content-type": kind.encode(),
                    "origin": PUBLIC_URL.encode(),
                    "x-forwarded-for": f"2001:db8::{junk['source']:x}".encode(),  # budgets are not what is tried here
                },
            )
            assert answer.status_code < 500, (method, filled, junk)
            heard[answer.status_code] += 1

        send()
    assert heard, "nothing was sent"


def to_json(value: Any) -> bytes:
    return json.dumps(value).encode()
