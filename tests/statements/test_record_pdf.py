"""Is the number of rows that a PDF holds told wherever an export is asked for?"""

from pathlib import Path

import pytest

from statements.record_pdf import MOST_ROWS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", ["export_format.PDF", "export_failure.too_many_rows"])
def test_the_page_states_how_many_records_a_pdf_holds(language: str, key: str) -> None:
    words = (ROOT / "web" / "locales" / language / "LC_MESSAGES" / "hall.po").read_text(encoding="utf-8")
    said = words.partition(f'msgid "{key}"\n')[2].partition("\n\n")[0]
    assert str(MOST_ROWS) in said.replace(",", "")


def test_apps_are_told_how_many_too() -> None:
    assert f"a PDF at most {MOST_ROWS:,} records" in (ROOT / "docs" / "channels" / "app.md").read_text(encoding="utf-8")
