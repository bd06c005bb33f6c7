"""At which addresses does the desk answer?"""

from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Route

from channels.browser.guard import Guard
from channels.desk import (
    bulk,
    campaigns,
    line,
    mall,
    pages,
    points,
    promise,
    reconciliation,
    redemption,
    refund,
    rest,
    sign_in,
)
from channels.desk.desk import Desk, Endpoint
from channels.desk.upload import read_upload
from channels.desk.views import load_views
from channels.desk.visit import Cookies
from graphql_schema.client import Graph, load_operations
from graphql_schema.staff_door import StaffDoor


def desk_routes(  # noqa: PLR0913  what the gateway's settings say of the desk
    graph: Graph,
    door: StaffDoor,
    *,
    web_folder: Path,
    secure_cookies: bool,
    public_url: str,
    hall_number: str = "10086",
) -> list[BaseRoute]:
    """Every address of the desk, to be put into an application as they are, before the web hall's.

    ``web_folder`` holds templates/, static/ and locales/; the web hall serves the static files. ``public_url`` is the
    address that people type.
    """
    views = load_views(web_folder, Cookies(secure_cookies), hall_number)
    desk = Desk(graph, door, load_operations(Path(__file__).parent), views, public_url)
    shell = [
        Middleware(Guard, secure=secure_cookies),
        Middleware(GZipMiddleware, minimum_size=500, compresslevel=6),
    ]

    def get(path: str, endpoint: Endpoint) -> Route:
        return Route(path, endpoint, methods=["GET"], middleware=shell)

    def post(path: str, endpoint: Endpoint) -> Route:
        return Route(path, endpoint, methods=["POST"], middleware=shell)

    return [
        get("/desk", desk.own_page(pages.home)),
        get("/desk/sign-in", desk.open_page(sign_in.sign_in)),
        post("/desk/sign-in", desk.open_deed(sign_in.check_sign_in)),
        get("/desk/enrol", desk.open_page(sign_in.enrol)),
        post("/desk/enrol", desk.open_deed(sign_in.check_enrolment)),
        post("/desk/sign-out", desk.open_deed(sign_in.sign_out)),
        post("/desk/settings", desk.open_deed(sign_in.keep_settings)),
        get("/desk/line", desk.own_page(line.find)),
        post("/desk/line", desk.own_deed(line.found)),
        post("/desk/line/end-sessions", desk.own_deed(line.end_sessions)),
        get("/desk/contact", desk.own_page(line.contact)),
        post("/desk/contact", desk.own_deed(line.open_contact)),
        get("/desk/promise", desk.own_page(promise.begin)),
        post("/desk/promise", desk.own_deed(promise.keep)),
        get("/desk/bulk", desk.own_page(bulk.deeds)),
        post("/desk/bulk", desk.own_deed(bulk.decide)),
        get("/desk/bulk/new", desk.own_page(bulk.begin)),
        post("/desk/bulk/new", desk.own_deed(bulk.propose, most_bytes=bulk.FORM_BYTES)),
        get("/desk/rest", desk.own_page(rest.rests)),
        post("/desk/rest", desk.own_deed(rest.rest)),
        post("/desk/rest/end", desk.own_deed(rest.go_on)),
        get("/desk/refund", desk.own_page(refund.begin)),
        post("/desk/refund", desk.own_deed(refund.refund)),
        get("/desk/reconciliation", desk.own_page(reconciliation.reconciled)),
        get("/desk/campaigns", desk.own_page(campaigns.campaigns)),
        get("/desk/campaigns/new", desk.own_page(campaigns.begin)),
        post(
            "/desk/campaigns/new",
            desk.own_deed(campaigns.propose, most_bytes=campaigns.FORM_BYTES, read=read_upload),
        ),
        get("/desk/campaign/{campaign_id}", desk.own_page(campaigns.campaign)),
        post("/desk/campaign/{campaign_id}", desk.own_deed(campaigns.switch)),
        get("/desk/mall", desk.own_page(mall.mall)),
        post("/desk/mall", desk.own_deed(mall.switch)),
        post("/desk/mall/codes", desk.own_deed(mall.put_codes, most_bytes=mall.CODES_BYTES)),
        get("/desk/mall/item", desk.own_page(mall.item)),
        post("/desk/mall/item", desk.own_deed(mall.put_item, most_bytes=mall.FORM_BYTES)),
        get("/desk/redemption", desk.own_page(redemption.find)),
        post("/desk/redemption", desk.own_deed(redemption.found)),
        post("/desk/redemption/return", desk.own_deed(redemption.take_back)),
        get("/desk/points", desk.own_page(points.audited)),
        get("/desk/trail", desk.own_page(pages.trail)),
        post("/desk/trail", desk.own_deed(pages.search)),
        post("/desk/trail/verdict", desk.own_deed(pages.verify)),
        get("/desk/members", desk.own_page(pages.members)),
        get("/desk/{unknown:path}", desk.open_page(sign_in.unknown)),
    ]
