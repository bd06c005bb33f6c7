"""What does a link show to whoever opens it?"""

import base64
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from statements.bill_sheet import BillSheet
from statements.wording import Language, load_wording, spell_amount

FOLDER = Path(__file__).parent
STYLE: Final = (FOLDER / "shared.css").read_text(encoding="utf-8").strip()
_STYLE_DIGEST = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The page asks nobody for anything: no script, no picture, no font, and its one style sheet is in it."""

Refused = Literal["lapsed", "unknown", "closed", "busy", "down"]


def render_shared_bill(sheet: BillSheet, *, expires_at: datetime, pdf_address: str) -> str:
    """The page of a living link."""
    t = sheet.wording
    return _template().render(
        t=t,
        style=Markup(STYLE),  # noqa: S704  a file of ours
        operator=sheet.operator,
        title=t("shared.title", month=t.month(sheet.month)),
        sheet=sheet,
        until=t.instant(expires_at)[: len("2026-10-02 11:59")],
        pdf=pdf_address,
        figures=[
            (t("bill.total"), spell_amount(sheet.total)),
            (t("bill.paid"), spell_amount(sheet.paid)),
            (t("bill.open"), spell_amount(sheet.open)),
        ],
    )


def render_refused_link(why: Refused, language: Language, *, operator: str) -> str:
    """The page of a link that shows nothing, and what can be done."""
    t = load_wording(language)
    facts = {"title": t(f"shared.{why}_title"), "text": t(f"shared.{why}_text"), "operator": operator}
    return _template().render(t=t, style=Markup(STYLE), sheet=None, **facts)  # noqa: S704  a file of ours


@cache
def _template() -> Template:
    return _environment().get_template("shared.html")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["amount"] = spell_amount
    return environment
