"""How is a document set in type, by the fonts of this room alone?"""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from statements.drawable import keep_drawable

FOLDER = Path(__file__).parent
FONTS = FOLDER / "fonts"
FONT = FONTS / "NotoSansCJKsc-Regular.subset.otf"
Layout = Literal["bill", "records"]
APART_SECONDS = 60.0


def set_pdf(layout: Layout, facts: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """A tagged PDF (PDF/UA-1) of ``<layout>.typ`` with these facts, which go in as data and never as markup.

    Takes a while and no lock: call it in a thread.
    """
    page: Any = _compiler().compile(
        input=_read_layout(layout),
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs={"facts": _write(facts)},
        timestamp=made_at.replace(microsecond=0),
    )
    return bytes(page)


def set_pdf_apart(layout: Layout, facts: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """The same by a process of its own: some thousand rows take half a gigabyte for two seconds, which it gives back.

    Call it in a thread. Raises CalledProcessError, TimeoutExpired.
    """
    words = [sys.executable, "-m", "statements.typesetting", layout, str(int(made_at.timestamp()))]
    done = subprocess.run(  # noqa: S603  ourselves
        words,
        input=json.dumps(facts).encode(),
        capture_output=True,
        check=True,
        timeout=APART_SECONDS,
        cwd=FOLDER.parent,
    )
    return done.stdout


def set_pictures(layout: Layout, facts: Mapping[str, Any], *, pixels_per_inch: int) -> list[bytes]:
    """The same pages as PNG, to look at."""
    pages: Any = _compiler().compile(
        input=_read_layout(layout),
        format="png",
        ppi=pixels_per_inch,
        sys_inputs={"facts": _write(facts)},
    )
    return [bytes(page) for page in (pages if isinstance(pages, list) else [pages])]


def _write(facts: Mapping[str, Any]) -> str:
    return json.dumps(_make_drawable(facts), ensure_ascii=False)


def _make_drawable(fact: Any) -> Any:  # noqa: ANN401  whatever JSON holds
    if isinstance(fact, str):
        return keep_drawable(fact, FONT)
    if isinstance(fact, Mapping):
        return {name: _make_drawable(part) for name, part in fact.items()}
    return [_make_drawable(part) for part in fact]


def _compiler() -> typst.Compiler:
    # One for each document: a compiler remembers what was put into it, and another's bill is nobody's to remember.
    return typst.Compiler(root=FONTS, font_paths=_load_fonts(), ignore_system_fonts=True)


@cache
def _load_fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


@cache
def _read_layout(layout: Layout) -> bytes:
    return (FOLDER / f"{layout}.typ").read_bytes()


if __name__ == "__main__":
    _layout: Layout = "bill" if sys.argv[1] == "bill" else "records"
    _made_at = datetime.fromtimestamp(int(sys.argv[2]), UTC)
    sys.stdout.buffer.write(set_pdf(_layout, json.load(sys.stdin), made_at=_made_at))
