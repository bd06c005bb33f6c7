"""Where do the official specifications and the BSS to be judged come from?"""

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from starlette.applications import Starlette

from sandbox.app import create_app
from sandbox.bss.world import World
from tests.conformance.swagger import Specifications, load_specifications

BORN_MS = 1_795_312_800_000  # 2026-11-22, mid-cycle
TMF_SPECS = "../shared/tmf"
SPECS_REMEDY = (
    "the official TM Forum Swagger files are not at {folder}: fetch them from the tmforum-apis repositories "
    "and name their folder with --tmf-specs=FOLDER"
)


class Promise(NamedTuple):
    """A row of the operator's page: ``TMF637``, ``/productInventory/v4``, ``GET /product/{id}``."""

    api: str
    base_path: str
    operation: str


def pytest_addoption(parser: pytest.Parser) -> None:
    options = parser.getgroup("conformance", "judging a BSS by the TM Forum specifications")
    options.addoption("--tmf-specs", default=TMF_SPECS, help="folder of the official files, from the project's root")
    options.addoption(
        "--bss-url",
        default=None,
        help="base address of the BSS to judge, e.g. https://bss.example/tmf-api; without it the sandbox is judged. "
        "It is read, asked for a bill on demand, given and taken a hub; one bucket is topped up by 0.01, one has 0.01 "
        "taken back and one gives 0.01 to another account; dropping an add-on is ordered and called off: name a BSS "
        "for tests",
    )
    options.addoption("--bss-token", default=None, help="bearer token for --bss-url")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def specifications(pytestconfig: pytest.Config) -> Specifications:
    """The official files; where they are absent a test is skipped with the remedy, and fails where CI is true."""
    folder = pytestconfig.rootpath / pytestconfig.getoption("--tmf-specs", default=TMF_SPECS)
    if not Path(folder).is_dir():
        refuse = pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip
        refuse(SPECS_REMEDY.format(folder=folder))
    return load_specifications(folder)


@pytest.fixture(scope="session")
def promised(pytestconfig: pytest.Config) -> tuple[Promise, ...]:
    """What the operator's page says that we ask of a BSS."""
    page = (pytestconfig.rootpath / "docs/operate/bss.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (TMF\d{3}) [^|]*\| `([^`]+)` \| (.+) \|$", page, re.MULTILINE)
    return tuple(
        Promise(api, base_path, operation)
        for api, base_path, operations in rows
        for operation in re.findall(r"`((?:GET|POST|PATCH|DELETE) [^`]+)`", operations)
    )


@pytest.fixture(scope="session")
def bss_url(pytestconfig: pytest.Config) -> str | None:
    """Base address given with --bss-url, or None: judge the sandbox."""
    url: str | None = pytestconfig.getoption("--bss-url", default=None)
    return url.rstrip("/") if url else None


@contextmanager
def open_sandbox(bss_url: str | None) -> Iterator[Starlette]:
    """A small sandbox, in memory; with --bss-url there is none to judge."""
    if bss_url is not None:
        pytest.skip("--bss-url names the BSS to judge")
    world = World.open(subscribers=20, now_ms=BORN_MS)
    yield create_app(world)
    world.store.close()


@pytest.fixture(scope="module")
def sandbox_app(bss_url: str | None) -> Iterator[Starlette]:
    """One of the test module's own."""
    with open_sandbox(bss_url) as app:
        yield app


@pytest.fixture
async def given_bss(bss_url: str | None, pytestconfig: pytest.Config) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the BSS named with --bss-url."""
    if bss_url is None:
        pytest.skip("no --bss-url: the sandbox is judged instead")
    token = pytestconfig.getoption("--bss-token", default=None)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=bss_url, headers=headers, timeout=30) as client:
        yield client
