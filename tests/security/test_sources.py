"""Is what lets text become code, a query, a command or a page kept out of every source?"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("gateway", "graphql_schema", "channels", "notifications", "bss_adapters")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TEMPLATES = sorted(
    path
    for folder in ("web/templates", "channels", "notifications")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".html", ".vxml", ".txt"}
)
SCRIPTS = sorted(path for path in (ROOT / "web" / "static").rglob("*.js") if "vendor" not in path.parts)
LINTER = Path(sys.executable).with_name("ruff")
FORBIDDEN = {
    "text that is run as code": "S102,S307",
    "objects that are built from bytes or YAML": "S301,S302,S506",
    "a shell": "S602,S604,S605,S609",
    "a temporary file that others foresee": "S306,S108",
    "a weak digest or cipher": "S303,S304,S305,S324",
    "TLS without a check of the certificate, or of an old version": "S323,S501,S502,S503",
    "SQL that is put together from text": "S608",
    "an XML parser that resolves entities": "S313,S314,S315,S316,S317,S318,S319",
    "a page whose values are not escaped": "S702,S704",
    "a debugger": "S201,T100",
    "a file that everyone may write": "S103",
    "a call without a time limit": "S113",
}
CHANCE = {"bss_adapters/tmf/retry.py", "channels/sms/smpp.py"}
"""Pauses between tries, and the first of the numbers that count a link's messages: nobody gains by guessing them."""

CATALOGUES = {
    "channels/browser/wording.py", "channels/ivr/menu.py", "channels/ivr/documents.py", "channels/ivr/deals.py",
}  # fmt: skip
"""Who fills values into sentences: the sentences are ours, from files that come with the program."""

INTERPRETERS = {
    "text",
    "sqlalchemy.text",
    *(f"re.{deed}" for deed in ("compile", "match", "search", "fullmatch", "sub")),
}
OF_OUR_OWN_NAMES = {
    "gateway/identity/audit/append_only.py": "triggers, of the names of our tables",
    "gateway/identity/audit/seal_rows.py": "what a trigger lets go, of our own conditions",
    "gateway/identity/oauth/clients.py": "the addresses of the loopback, escaped one by one",
    "gateway/migrations/versions/0002_identity.py": "an expression for each dialect, and our own durations",
}
"""Put together from parts, each of which we wrote. A new one is looked at before it stands here."""

IN_AN_ADDRESS = {
    "web/templates/catalogue.html": "which offerings are looked for: nothing of a person, and worth a bookmark",
    "web/templates/change.html": "which offering, package or service, and from when; a number is posted",
    "web/templates/new_line.html": "how the free numbers end that are looked for",
    "web/templates/desk/reconciliation.html": "a day",
}
"""Pages with a form that asks by its address, and what stands in it. A new one is looked at before it stands here."""

SINKS = {
    "innerHTML": r"\b(inner|outer)HTML\s*\+?=[^=]|insertAdjacentHTML|document\.write|createContextualFragment",
    "code from text": r"\beval\(|new Function|set(Timeout|Interval)\(\s*[\"'`]|javascript:",
    "a store of the browser": r"\b(local|session)Storage\b|indexedDB|document\.cookie|caches\.open",
    "messages of other windows": r"postMessage|[\"']message[\"']|onmessage",
    "a property named by a value": r"\w\[[A-Za-z_$][\w$.]*\]\s*=[^=]|__proto__|Object\.assign",
    "another host": r"(https?:)?//[a-z0-9-]+\.[a-z]",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("rules", FORBIDDEN.values(), ids=FORBIDDEN)
def test_no_source_has_it_not_even_with_an_excuse(rules: str) -> None:
    judged = subprocess.run(
        [LINTER, "check", "--isolated", "--ignore-noqa", "--no-cache", "--output-format=concise", f"--select={rules}"]
        + [f"--exclude={ROOT / each}" for each in (OF_OUR_OWN_NAMES if rules == "S608" else ())]
        + [str(ROOT / room) for room in ROOMS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_what_must_not_be_guessed_is_never_drawn_by_chance() -> None:
    draws = {
        name(path)
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Import) and any(alias.name == "random" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "random")
    }
    assert draws == CHANCE, "draw it with `secrets`"


def test_statements_patterns_and_templates_are_written_by_us() -> None:
    faults = [
        f"{place}: {ast.unparse(call)}"
        for place, call in calls()
        if (
            ast.unparse(call.func) in INTERPRETERS
            or ast.unparse(call.func).endswith((".exec_driver_sql", ".from_string"))
        )
        and call.args
        and not is_ours(call.args[0])
        and place.partition(":")[0] not in OF_OUR_OWN_NAMES
    ]
    assert not faults, "values are parameters of a statement, and escaped in a pattern"


def test_sentences_that_take_values_come_from_our_catalogues() -> None:
    fill = [
        place
        for place, call in calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"format", "format_map"}
        and not is_ours(call.func.value)
    ]
    assert {place.partition(":")[0] for place in fill} <= {*CATALOGUES, *OF_OUR_OWN_NAMES}, fill


def test_no_call_follows_a_redirect() -> None:
    following = [
        place
        for place, call in calls()
        for given in call.keywords
        if given.arg in {"follow_redirects", "allow_redirects"} and ast.unparse(given.value) != "False"
    ]
    assert not following, "another's answer would choose whom we call"


def test_no_template_lets_a_value_through_unescaped() -> None:
    unescaped = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup")
    assert [name(path) for path in TEMPLATES if unescaped.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_no_script_of_ours_has_a_sink(path: Path, sink: str) -> None:
    code = re.sub(r"(?m)^\s*//.*$", "", path.read_text(encoding="utf-8"))
    assert not re.search(SINKS[sink], code), f"{name(path)}: {sink}"


def test_a_page_loads_nothing_from_another_host() -> None:
    asked = re.compile(r"<(?:script|link|img|iframe|source|form)\b[^>]*?(?:src|href|action)=\"([^\"]*)\"")
    pages = {
        name(path): asked.findall(path.read_text(encoding="utf-8")) for path in TEMPLATES if path.suffix == ".html"
    }
    assert any(pages.values())
    assert [(page, address) for page, found in pages.items() for address in found if "//" in address] == []


def test_what_is_typed_into_a_page_travels_in_a_body() -> None:
    forms = [
        (name(path), form)
        for path in TEMPLATES
        if path.suffix == ".html"
        for form in re.findall(r"<form\b[^>]*>", path.read_text(encoding="utf-8"))
    ]
    assert forms
    others = {page for page, form in forms if 'method="post"' not in form}
    assert others == IN_AN_ADDRESS.keys()


def test_a_password_field_hides_what_is_typed_and_lets_a_password_store_fill_it() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES if path.suffix == ".html")
    fields = [field for field in re.findall(r"<input\b[^>]*>", pages) if re.search(r'name="[^"]*password', field)]
    assert fields
    for field in fields:
        assert 'type="password"' in field, field
        assert re.search(r'autocomplete="(current|new)-password"', field), field
    assert not re.search(r"\bonpaste|preventDefault\(\)[^;]*paste", pages + "".join(map(Path.read_text, SCRIPTS)))


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in our sources, with its file and line."""
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                yield f"{name(path)}:{node.lineno}", node


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def is_ours(text: ast.expr) -> bool:
    """Whether a text is written in the source, but for what is escaped."""
    match text:
        case ast.Constant():
            return True
        case ast.IfExp():
            return is_ours(text.body) and is_ours(text.orelse)
        case ast.JoinedStr():
            return all(is_ours(part) for part in text.values)
        case ast.FormattedValue(value=ast.Call() as call):
            return ast.unparse(call.func) == "re.escape"
        case ast.Name() | ast.Attribute():
            return text.id.isupper() if isinstance(text, ast.Name) else text.attr.isupper()
    return False
