"""What did a person type to show who they are?"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit
from graphql_schema.client import Channel
from graphql_schema.door import (
    CodeEvidence,
    CodeSent,
    CodeWish,
    PasskeyEvidence,
    PasswordEvidence,
    Purpose,
    StrongEvidence,
    Turned,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which number a code goes to, what it is for, and what it will authorize."""

    number: str
    purpose: Purpose
    about: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that was left empty: ``password_missing``, ``code_missing``."""

    code: str


async def ask_for_code(hall: Hall, visit: Visit, asked: Asked) -> CodeSent | Turned:
    """Has a code texted."""
    wish = CodeWish(asked.number, asked.purpose, Channel.WEB, visit.source, visit.device, asked.about)
    return await hall.doorkeeper.send_code(wish)


def read_evidence(visit: Visit, form: Mapping[str, str], asked: Asked) -> StrongEvidence | Missing:
    """The evidence that a form holds, by its field ``by``: password (unless said otherwise), code or passkey."""
    by = form.get("by")
    if by == "passkey":
        return PasskeyEvidence(
            form.get("challenge", ""), form.get("answer", ""), visit.source, visit.device, visit.user_agent
        )
    if by == "code":
        return read_code(visit, form, asked)
    password = read_plain(form.get("password", ""))
    if not password:
        return Missing("password_missing")
    return PasswordEvidence(asked.number, password, visit.source, visit.device, visit.user_agent)


def read_code(visit: Visit, form: Mapping[str, str], asked: Asked) -> CodeEvidence | Missing:
    """The code that was texted, with the challenge that the page kept for it."""
    code = read_plain(form.get("code", ""))
    if not code:
        return Missing("code_missing")
    return CodeEvidence(
        asked.number,
        code,
        visit.source,
        form.get("challenge", ""),
        asked.purpose,
        visit.device,
        asked.about,
        visit.user_agent,
    )


def read_plain(typed: str) -> str:
    """What was typed, in plain width and without the blanks and dashes that people put into numbers."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed) if not letter.isspace() and letter != "-")
