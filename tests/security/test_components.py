"""Do we know each part that we did not write, and get it unchanged?"""

import base64
import re
import tomllib
from hashlib import sha384
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "web" / "static" / "vendor"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_part_is_locked_to_one_version_and_its_digests(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    parts = re.split(r"\n(?=[a-zA-Z0-9])", lock.strip())
    assert len(parts) > 50
    for part in parts:
        assert re.match(r"[a-zA-Z0-9._-]+(\[[\w,]+\])?==\S+", part), part[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", part), part[:80]


def test_what_the_program_asks_for_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = {re.split(r"[\[<>=]", each)[0] for each in project["dependencies"]}
    assert {each for each in wanted if not re.search(rf"(?m)^{re.escape(each)}(\[|==)", lock)} == set()


def test_every_installation_checks_the_digests() -> None:
    for path in ("Makefile", "deploy/Containerfile"):
        for line in re.findall(r"^.*pip install.*$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE):
            assert "--require-hashes" in line or "--no-deps" in line, f"{path}: {line.strip()}"


def test_a_script_of_others_is_the_one_whose_digest_we_wrote_down_and_pages_name_it() -> None:
    scripts = sorted(VENDOR.glob("*.js"))
    assert scripts
    pages = (ROOT / "web" / "templates" / "page.html").read_text(encoding="utf-8")
    assert "integrity=" in pages
    for script in scripts:
        noted = script.with_name(f"{script.name.partition('.')[0]}.sha384").read_text(encoding="utf-8").split()[0]
        assert noted.removeprefix("sha384-") == base64.b64encode(sha384(script.read_bytes()).digest()).decode()


def test_neither_the_history_nor_a_secret_gets_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", "var", "tests"} <= set(ignored)
    containerfile = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r"(?m)^USER (?!root)\w+", containerfile)
    assert not re.search(r"(?i)(password|token|secret)\w*=", containerfile)
