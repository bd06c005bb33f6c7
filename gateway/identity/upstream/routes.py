"""At which addresses does a person go to the operator's login and come back?"""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from channels.browser.own_form import is_local
from channels.web_hall.visit import Cookies
from gateway.identity.seal import BrokenSeal, Seal
from gateway.identity.upstream.login import OperatorLogin
from graphql_schema.door import Turned

KEPT_SECONDS = 600
"""How long somebody may take at the login."""

ADDRESS = "/sign-in/uam"
NEVER_KEPT = {"Cache-Control": "no-store"}


def upstream_routes(login: OperatorLogin, *, secret: bytes, public_url: str, secure_cookies: bool) -> list[BaseRoute]:
    """``GET /sign-in/uam?next=…&level=2|3`` leads to the login, ``GET /sign-in/uam/callback`` comes back from it.

    What has to come back (state, nonce, the code's verifier, where to go on) is in a sealed cookie of ten minutes, so
    that only the browser that began can end it.
    """
    seal, cookies = Seal(secret=secret, purpose="operator-login"), Cookies(secure_cookies)
    name = "__Host-uam" if secure_cookies else "uam"

    async def leave(request: Request) -> Response:
        request.scope["session"] = {}
        level = 3 if request.query_params.get("level") == "3" else 2
        led = await login.lead_there(request, back_to=f"{public_url}{ADDRESS}/callback", level=level)
        if isinstance(led, Turned):
            return _turn_away(led)
        kept = {"session": request.session, "next": _read_next(request.query_params.get("next"))}
        led.set_cookie(
            name, seal.close(json.dumps(kept)), max_age=KEPT_SECONDS, path="/", secure=secure_cookies, httponly=True
        )
        led.headers.update(NEVER_KEPT)
        return led

    async def come_back(request: Request) -> Response:
        kept = _open(seal, request.cookies.get(name))
        if kept is None:
            return _turn_away(Turned("login_refused"))
        request.scope["session"] = kept["session"]
        device, user_agent = request.cookies.get(cookies.device), request.headers.get("user-agent", "")[:256]
        admitted = await login.take_back(request, device=device, device_name=user_agent)
        if isinstance(admitted, Turned):
            answer: Response = _turn_away(admitted)
        else:
            answer = RedirectResponse(kept["next"], status_code=303, headers=NEVER_KEPT)
            cookies.keep_admitted(answer, admitted)
        answer.delete_cookie(name, path="/", secure=secure_cookies, httponly=True)
        return answer

    return [
        Route(ADDRESS, leave, methods=["GET"]),
        Route(f"{ADDRESS}/callback", come_back, methods=["GET"]),
    ]


def _turn_away(turned: Turned) -> Response:
    """Back to the sign-in page, which words it."""
    return RedirectResponse(f"/sign-in?why={turned.code}", status_code=303, headers=NEVER_KEPT)


def _read_next(wished: str | None) -> str:
    return wished if wished and is_local(wished) and not wished.startswith("/sign-") else "/home"


def _open(seal: Seal, kept: str | None) -> dict[str, Any] | None:
    if kept is None:
        return None
    try:
        opened: dict[str, Any] = json.loads(seal.open(kept))
    except BrokenSeal:
        return None
    return opened
