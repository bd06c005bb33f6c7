"""Does the BSS named with --bss-url keep to the specifications?"""

import httpx
import pytest

from tests.conformance.exercise import exercise
from tests.conformance.fault import render_faults
from tests.conformance.swagger import Specifications

pytestmark = [pytest.mark.anyio, pytest.mark.tmf]


async def test_the_given_bss_has_no_faults(given_bss: httpx.AsyncClient, specifications: Specifications) -> None:
    examination = await exercise(given_bss, specifications)
    assert not examination.faults, "\n" + render_faults(examination.faults)
