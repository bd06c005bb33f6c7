"""At which addresses does the web hall answer?"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from channels.web_hall import pages, sign_in
from channels.web_hall.guard import Guard
from channels.web_hall.hall import Endpoint, Hall
from channels.web_hall.static_files import answer_static_file
from channels.web_hall.views import load_views
from channels.web_hall.visit import Cookies, Visit, receive
from graphql_schema.client import Graph, load_operations
from graphql_schema.door import Doorkeeper


def web_hall_routes(  # noqa: PLR0913  what the gateway's settings say of the hall
    graph: Graph,
    doorkeeper: Doorkeeper,
    *,
    web_folder: Path,
    secure_cookies: bool,
    public_url: str,
    hall_number: str = "10086",
) -> list[BaseRoute]:
    """Every address of the web hall, to be put into an application as they are.

    ``web_folder`` holds templates/, static/ and locales/; ``public_url`` is the address that people
    type, ``hall_number`` the short number that they text and call. The last
    route answers whatever no other route knows with a page of ours, so these routes come last in an application.
    """
    operations = load_operations(Path(__file__).parent)
    views = load_views(web_folder, Cookies(secure_cookies), hall_number)
    hall = Hall(graph, doorkeeper, operations, views, public_url)
    shell = [
        Middleware(Guard, secure=secure_cookies),
        Middleware(GZipMiddleware, minimum_size=500, compresslevel=6),
    ]

    def get(path: str, endpoint: Endpoint) -> Route:
        return Route(path, endpoint, methods=["GET"], middleware=shell)

    def post(path: str, endpoint: Endpoint) -> Route:
        return Route(path, endpoint, methods=["POST"], middleware=shell)

    return [
        get("/", hall.open_page(pages.welcome)),
        get("/sign-in", hall.open_page(sign_in.sign_in)),
        post("/sign-in", hall.deed(sign_in.check_sign_in)),
        post("/sign-out", hall.deed(sign_in.sign_out)),
        get("/home", hall.own_page(pages.home)),
        get("/bills", hall.own_page(pages.bills)),
        get("/bills/{bill_id}", hall.own_page(pages.bill)),
        get("/usage", hall.own_page(pages.usage)),
        get("/inbox", hall.own_page(pages.inbox)),
        get("/settings", hall.open_page(pages.settings)),
        post("/settings", hall.deed(sign_in.keep_settings)),
        get("/static/{name:path}", _static(hall)),
        get("/{unknown:path}", hall.open_page(_unknown)),
    ]


def _static(hall: Hall) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        found = answer_static_file(hall.views.static_files, request)
        if found is not None:
            return found
        visit = await receive(request, hall.doorkeeper, hall.views.cookies)
        return hall.refuse(visit, "page_not_found", status=404)

    return endpoint


async def _unknown(hall: Hall, visit: Visit) -> Response:
    return hall.refuse(visit, "page_not_found", status=404)
