"""How does a template become a page?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from channels.browser.own_form import issue_form_token
from channels.browser.static_files import StaticFile, load_static_files
from channels.browser.wording import Wording, load_wordings
from channels.rendering import Language
from channels.web_hall.figures import hall_filters
from channels.web_hall.visit import Cookies, Visit


@dataclass(frozen=True, slots=True)
class Views:
    """The hall's templates in each language, its static files and its cookies."""

    templates: Mapping[Language, Environment]
    static_files: Mapping[str, StaticFile]
    cookies: Cookies

    def render(self, template: str, visit: Visit, *, status: int = 200, **facts: Any) -> Response:  # noqa: ANN401
        """A page that nobody keeps. A visitor gets the secret of their forms with it."""
        text = self.render_text(template, visit, **facts)
        headers = {"Cache-Control": "no-store", "Content-Language": _tag(visit.preferences.language)}
        response = HTMLResponse(text, status_code=status, headers=headers)
        if visit.token is None and visit.form_secret != visit.request.cookies.get(self.cookies.form):
            self.cookies.keep(response, self.cookies.form, visit.form_secret)
        return response

    def render_text(self, template: str, visit: Visit, **facts: Any) -> str:  # noqa: ANN401
        """A template's text alone, for an answer that goes out in pieces."""
        page = self.templates[visit.preferences.language].get_template(template)
        return page.render(
            visit=visit, preferences=visit.preferences, form_token=issue_form_token(visit.form_secret), **facts
        )

    def lead_to(self, address: str, visit: Visit) -> Response:
        """Sends the browser on to a local address, by a GET; a request of htmx's moves the whole page."""
        if visit.request.headers.get("hx-request") == "true":
            return Response(headers={"HX-Redirect": address, "Cache-Control": "no-store"})
        return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})

    def go_on(self, address: str, visit: Visit) -> Response:
        """Sends the browser on after a form. The address of a consent page may redirect to a client's, and browsers let
        no form be redirected to another site (form-action of our policy): there a page lies between."""
        return self.hop(address, visit) if address.startswith("/oauth/") else self.lead_to(address, visit)

    def hop(self, address: str, visit: Visit) -> Response:
        """A page that goes on by itself, as a navigation of its own that no form began; with a link for who stays."""
        response = self.render("hop.html", visit, address=address)
        response.headers["Refresh"] = f"0;url={address}"
        return response


@cache
def load_views(
    web_folder: Path, cookies: Cookies, hall_number: str, *, offers: frozenset[str] = frozenset(), uam_name: str = ""
) -> Views:
    """Reads templates, words and static files once, however many halls a process opens. Raises on a broken one.

    ``offers`` names what this hall can do beyond the doorkeeper (passkeys, switch, exports); ``uam_name`` is the label
    of the operator's own login.
    """
    static_files = load_static_files(web_folder / "static")
    wordings = load_wordings(web_folder / "locales", hall_number)
    integrity = (web_folder / "static" / "vendor" / "htmx.sha384").read_text(encoding="utf-8").split()[0]
    folder = web_folder / "templates"
    templates = {language: _environment(folder, words, static_files, integrity) for language, words in wordings.items()}
    for environment in templates.values():
        environment.globals.update(offers=offers, uam_name=uam_name)
    return Views(templates, static_files, cookies)


def _environment(
    folder: Path, wording: Wording, static_files: Mapping[str, StaticFile], htmx_integrity: str
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(hall_filters(wording))
    environment.globals.update(
        t=wording,
        language=wording.language,
        gap=" " if wording.language == "en" else "",  # between two sentences
        language_tag=_tag(wording.language),
        htmx_integrity=htmx_integrity,
        static=lambda name: static_files[name].address,
    )
    for name in environment.list_templates(extensions=("html",)):
        if not name.startswith("desk/"):  # another channel's
            environment.get_template(name)  # a syntax error shows now, not to a customer
    return environment


def _tag(language: Language) -> str:
    return "zh-CN" if language == "zh" else "en"
