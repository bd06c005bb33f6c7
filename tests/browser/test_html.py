"""Is every page of the hall correct HTML?"""

import subprocess
from pathlib import Path

import pytest

from tests.judges import NODE

pytestmark = pytest.mark.timeout(120)
GOLDEN = Path(__file__).parents[1] / "golden" / "web_hall"


def test_html_validate_finds_nothing_in_any_approved_page(node_modules: Path) -> None:
    pages = sorted(GOLDEN.glob("*.html"))
    assert len(pages) > 90
    command = [NODE, str(node_modules / "html-validate" / "bin" / "html-validate.mjs"), *map(str, pages)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, "")
