"""How does this person want the pages: language, theme, larger?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from starlette.requests import Request
from starlette.responses import Response

from channels.rendering import LANGUAGES, Language

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
HOST_PREFIX = "__Host-"
"""What a browser takes only over HTTPS, for this very host."""

_KEPT_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """``elder`` asks for text of at least 18 pt and targets of at least 60 px."""

    language: Language = "zh"
    theme: Theme = "auto"
    elder: bool = False


def read_preferences(request: Request) -> Preferences:
    """What the cookies say; without one the browser's language decides, and Chinese comes first."""
    cookies = {name.removeprefix(HOST_PREFIX): value for name, value in request.cookies.items()}
    return Preferences(
        language=next((known for known in LANGUAGES if known == cookies.get("language")), _accepted(request)),
        theme=next((known for known in THEMES if known == cookies.get("theme")), "auto"),
        elder=cookies.get("elder") == "on",
    )


def keep_preferences(response: Response, wishes: Mapping[str, str], *, secure: bool) -> None:
    """Sets a cookie for each wish that names a known value, and passes over anything else."""
    known = {"language": LANGUAGES, "theme": THEMES, "elder": ("on", "off")}
    for name, values in known.items():
        if wishes.get(name) in values:
            response.set_cookie(
                f"{HOST_PREFIX}{name}" if secure else name,
                wishes[name],
                max_age=_KEPT_SECONDS,
                path="/",
                secure=secure,
                httponly=True,
                samesite="lax",
            )


def _accepted(request: Request) -> Language:
    """The first language of Accept-Language that we speak; Chinese when there is none."""
    for part in request.headers.get("accept-language", "").split(","):
        primary = part.split(";")[0].strip().lower().partition("-")[0]
        for language in LANGUAGES:
            if primary == language:
                return language
    return "zh"
