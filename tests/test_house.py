"""Does the house keep its own manners? Each failure names the cure."""

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
from graphql import parse, validate
from graphql.language import OperationDefinitionNode

from gateway.settings import PREFIX, Settings
from graphql_schema.client import load_operations
from graphql_schema.schema import build_schema

ROOT = Path(__file__).parent.parent
ROOMS = (
    "gateway", "graphql_schema", "channels", "notifications", "ordering", "loyalty", "statements", "bss_adapters",
    "sandbox",
)  # fmt: skip
VAGUE_WORDS = {"util", "utils", "helper", "helpers", "manager", "misc"}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "info", "data", "process"}
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TRACKED_TEXT = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if not name.endswith((".png", ".ico", ".woff2", ".mo"))
]


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def test_a_module_begins_with_the_question_that_it_answers() -> None:
    silent = [ids(path) for path, tree in parsed().items() if not ast.get_docstring(tree)]
    assert not silent, f"say in one sentence which question each of these answers: {silent}"


def test_every_room_is_installed_with_the_house() -> None:
    packaging = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert sorted(packaging["packages"]["find"]["include"]) == sorted(f"{room}*" for room in ROOMS)


def test_names_say_what_a_thing_is() -> None:
    for path, tree in parsed().items():
        assert path.stem not in BANNED_NAMES, f"{ids(path)}: name the noun or the deed instead"
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                words = set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"_\1", node.name).lower()))
                vague = words & VAGUE_WORDS
                if path in ABOUT_TRUSTED_HELPERS:
                    vague -= {"helper", "helpers"}
                assert not vague, f"{ids(path)}:{node.lineno} {node.name}: {vague} names nothing"


def test_only_settings_read_the_environment() -> None:
    allowed = {ROOT / "gateway" / "settings.py", *HANDS_THE_ENVIRONMENT_ON}
    for path, tree in parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
                assert path in allowed, f"{ids(path)}:{node.lineno}: let the setting arrive as an argument"


def test_a_deadline_ends_where_it_was_set() -> None:
    """One that is left behind refuses whatever the same task asks later, in another test too."""
    left = re.compile(r"\bDEADLINE\.set\(")
    for path in [*SOURCES, *(ROOT / "tests").rglob("*.py")]:
        allowed = path in {ROOT / "graphql_schema" / "ports.py", Path(__file__)}
        assert allowed or not left.search(path.read_text(encoding="utf-8")), f"{ids(path)}: use `answering_by`"


def test_what_is_cancelled_while_it_waits_ends() -> None:
    """On Python 3.11 ``asyncio.wait_for`` swallows a cancellation that arrives together with what it waited for."""
    for path, tree in parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                swallows = ast.unparse(node) == "asyncio.wait_for"
                assert not swallows, f"{ids(path)}:{node.lineno}: use `asyncio.timeout`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_stands_in_the_readme_as_it_is(name: str) -> None:
    field = Settings.model_fields[name]
    default = f"`{field.default}`" if field.default not in ("", None) else ""
    row = f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |"
    assert row in (ROOT / "README.md").read_text(encoding="utf-8"), f"write in README.md's table of settings: {row}"


def test_the_readme_names_every_room() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = {
        path.relative_to(ROOT).parts[0] + "/"
        for path in TRACKED_TEXT
        if len(path.relative_to(ROOT).parts) > 1 and not path.relative_to(ROOT).parts[0].startswith(".")
    }
    missing = sorted(folder for folder in folders if folder not in readme)
    assert not missing, f"add to README.md's tree: {missing}"


ABOUT_TRUSTED_HELPERS = (  # there a helper is a person who acts for another, and not a drawer of odds and ends
    ROOT / "gateway" / "identity" / "people" / "help.py",
    ROOT / "graphql_schema" / "identity_ports.py",
    ROOT / "graphql_schema" / "queries" / "my_security.py",
    ROOT / "graphql_schema" / "types" / "own_line.py",
)
HANDS_THE_ENVIRONMENT_ON = (
    ROOT / "gateway" / "run.py",
    ROOT / "gateway" / "__main__.py",
    ROOT / "sandbox" / "__main__.py",  # a stranger with an environment of its own
)
OPERATION_FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.graphql") if path.stem != "schema")


@pytest.mark.parametrize("path", OPERATION_FILES, ids=ids)
def test_an_operation_is_valid_and_named_like_its_file(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"))
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    assert len(operations) == 1, f"{ids(path)}: one operation a file"
    expected = load_operations(path.parent)[path.stem].name
    assert operations[0].name is not None
    assert operations[0].name.value == expected, f"{ids(path)}: name the operation {expected}"
    errors = validate(build_schema()._schema, document)
    assert not errors, f"{ids(path)}: {errors}"


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / "graphql_schema" / "schema.graphql").read_text(encoding="utf-8")
    assert committed.strip() == build_schema().as_str().strip(), "run `make schema` and commit what changed"


def test_no_lock_names_an_address() -> None:
    for path in TRACKED_TEXT:
        if path.name in {"requirements.lock", "requirements-dev.lock", "package-lock.json", ".npmrc"}:
            text = path.read_text(encoding="utf-8")
            named = re.findall(r'"resolved":|--index-url|--find-links|registry=|https?://[^\s"]+\.tgz', text)
            assert not named, f"{ids(path)}: make it anew without addresses ({named[:3]})"


def test_no_file_names_a_path_of_a_machine() -> None:
    mine = re.compile(r"/(root|home/[a-z]+|work)/[A-Za-z.]")
    for path in TRACKED_TEXT:
        if path.suffix in {
            ".py",
            ".md",
            ".toml",
            ".txt",
            ".json",
            ".yml",
            ".yaml",
            ".html",
            ".graphql",
            ".service",
            "",
        }:
            found = mine.search(path.read_text(encoding="utf-8", errors="replace"))
            assert path == Path(__file__) or found is None, f"{ids(path)}: {found and found.group()}"
