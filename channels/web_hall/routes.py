"""At which addresses does the web hall answer?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from channels.browser.guard import Guard
from channels.browser.static_files import answer_static_file
from channels.web_hall import (
    assistance,
    authorize,
    auto_recharge,
    balance,
    bills,
    brake,
    catalogue,
    change,
    dispute,
    forgotten,
    genuine,
    grants,
    invitations,
    invoice,
    lines,
    orders,
    packages,
    pages,
    passkey,
    points,
    points_transfer,
    privacy,
    promise,
    promotions,
    recharge,
    record_exports,
    record_switch,
    records,
    rewards,
    security,
    services,
    share,
    sign_in,
    step_up,
    transfer,
    use,
    voucher,
)
from channels.web_hall.hall import Deed, Doors, Endpoint, FetchExport, Hall, Page
from channels.web_hall.noticeboard import Noticeboard
from channels.web_hall.views import load_views
from channels.web_hall.visit import Cookies, Visit, receive
from graphql_schema.client import Graph, load_operations
from graphql_schema.door import Consents, Doorkeeper, LineSwitch, PasskeyDoor

OPEN: Mapping[str, tuple[Page, Deed | None]] = {
    "/": (pages.welcome, None),
    "/sign-in": (sign_in.sign_in, sign_in.check_sign_in),
    "/forgotten": (forgotten.forgotten, forgotten.reset),
    "/check": (genuine.check, genuine.judge),
    "/settings": (pages.settings, sign_in.keep_settings),
    "/catalogue": (catalogue.catalogue, None),
    "/catalogue/compare": (catalogue.compare, None),
    "/catalogue/{offering_id}": (catalogue.offering, None),
    "/recharge": (recharge.recharge, recharge.start),
    "/recharge/voucher": (voucher.voucher, voucher.redeem),
    "/recharge/{receipt}": (recharge.pay, recharge.cancel),
    "/invited/{code}": (invitations.invited, invitations.accept),
}
"""Pages for everybody, and what their forms do."""
OWN: Mapping[str, tuple[Page, Deed | None]] = {
    "/home": (pages.home, None),
    "/bills": (bills.bills, None),
    "/bills/running": (bills.running, None),
    "/bills/{bill_id}": (bills.bill, None),
    "/disputes/{dispute_id}": (dispute.receipt, None),
    "/promises": (promise.promises, None),
    "/usage": (use.usage, None),
    "/packages": (packages.packages, None),
    "/orders": (orders.orders, None),
    "/balance": (balance.balance, None),
    "/inbox": (pages.inbox, None),
}
"""Pages of a line: for who is signed in with it, and for a helper as far as the owner allowed."""
OWNERS: Mapping[str, tuple[Page, Deed | None]] = {
    "/bills/{bill_id}/dispute": (dispute.dispute_form, dispute.dispute),
    "/bills/{bill_id}/invoice": (invoice.invoice_form, invoice.request_invoice),
    "/bills/{bill_id}/share": (share.share_page, share.share),
    "/usage/brake": (brake.brake_page, brake.set_brake),
    "/records": (records.records, None),
    "/records/switch": (record_switch.switch_page, record_switch.set_switch),
    "/records/export": (record_exports.export_form, record_exports.export),
    "/records/exports": (record_exports.exports, record_exports.delete_export),
    "/plan-advice": (catalogue.advice, None),
    "/change": (change.preview, change.prepare),
    "/change/{prepared_id}": (change.prepared, change.answer),
    "/orders/{order_id}": (orders.order, None),
    "/orders/{order_id}/cancel": (orders.ask_to_cancel, orders.cancel),
    "/services": (services.services, None),
    "/recharges": (balance.recharges, None),
    "/recharge/auto": (auto_recharge.auto_recharge, auto_recharge.set_up),
    "/transfer": (transfer.transfer, transfer.give),
    "/points": (points.points, None),
    "/points/month": (points.month, None),
    "/points/transfer": (points_transfer.transfer, points_transfer.give),
    "/rewards": (rewards.mall, None),
    "/rewards/{code}": (rewards.reward, rewards.redeem),
    "/redemptions": (rewards.redemptions, None),
    "/redemptions/{redemption_id}": (rewards.redemption, None),
    "/promotions": (promotions.promotions, None),
    "/grants": (grants.grants, None),
    "/grants/{grant_id}": (grants.grant, grants.choose),
    "/invite": (invitations.invite, None),
    "/services/puk": (services.puk, None),
    "/services/new-line": (services.new_line, None),
    "/step-up": (step_up.step_up, step_up.prove),
    "/security": (security.security, security.end_session),
    "/security/others": (security.ask_to_end_others, security.end_others),
    "/security/password": (security.password, security.change_password),
    "/security/trail": (security.trail, None),
    "/lines": (lines.lines, None),
    "/lines/link": (lines.link, lines.link_line),
    "/lines/{line_id}/unlink": (lines.ask_to_unlink, lines.unlink),
    "/lines/{line_id}/leave": (assistance.ask_to_leave, assistance.leave),
    "/helpers": (assistance.assistance, assistance.end),
    "/helpers/grant": (assistance.grant_form, assistance.grant),
    "/helpers/ask": (assistance.ask_form, assistance.ask),
    "/privacy": (privacy.privacy, privacy.set_consent),
    "/privacy/export": (privacy.ask_for_export, privacy.request_data),
    "/privacy/erasure": (privacy.ask_for_erasure, privacy.request_data),
}
"""Pages about the owner's own money, points, records and security, and what their forms do."""
DEEDS: Mapping[str, tuple[Deed, str]] = {
    "/sign-out": (sign_in.sign_out, "/"),
    "/helpers/answer": (assistance.answer, "/helpers"),
    "/privacy/call-off": (privacy.call_off, "/privacy"),
}
"""Forms that stand on another page, and on which."""


def web_hall_routes(  # noqa: PLR0913  what the gateway's settings say of the hall
    graph: Graph,
    doorkeeper: Doorkeeper,
    *,
    web_folder: Path,
    secure_cookies: bool,
    public_url: str,
    hall_number: str = "10086",
    passkeys: PasskeyDoor | None = None,
    switch: LineSwitch | None = None,
    consents: Consents | None = None,
    exports: FetchExport | None = None,
    uam_name: str = "",
    notices_kept_seconds: float = 5,
    files: Callable[[Hall], Sequence[BaseRoute]] = lambda _: (),
) -> list[BaseRoute]:
    """Every address of the web hall, to be put into an application as they are.

    ``web_folder`` holds templates/, static/ and locales/; ``public_url`` is the address that people
    type, ``hall_number`` the short number that they text and call. For the parts of identity see ``Doors``: without one
    its pages and buttons are not there. What rests is read once in ``notices_kept_seconds`` for every page.
    ``files`` makes the routes at which this
    hall's people fetch files. The last route answers whatever no other route knows with a page of ours, so
    these routes come last in an application.
    """
    doors = Doors(passkeys, switch, consents, exports, uam_name)
    views = load_views(web_folder, Cookies(secure_cookies), hall_number, offers=_name_offers(doors), uam_name=uam_name)
    operations = load_operations(Path(__file__).parent)
    board = Noticeboard(graph, operations["service_notices"], notices_kept_seconds)
    hall = Hall(graph, doorkeeper, operations, views, public_url, board, doors)
    shell = [
        Middleware(Guard, secure=secure_cookies),
        Middleware(GZipMiddleware, minimum_size=500, compresslevel=6),
    ]

    def route(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        return Route(path, endpoint, methods=[method], middleware=shell)

    def pair(path: str, page: Endpoint, deed: Deed | None) -> list[Route]:
        return [route(path, page), *([route(path, hall.deed(deed), "POST")] if deed else [])]

    def owners(path: str, page: Page, deed: Deed | None) -> list[Route]:
        return [route(path, hall.owner_page(page)), *([route(path, hall.owner_deed(deed), "POST")] if deed else [])]

    return [
        *files(hall),
        *(each for path, (page, deed) in OWN.items() for each in pair(path, hall.own_page(page), deed)),
        *(each for path, (page, deed) in OWNERS.items() for each in owners(path, page, deed)),
        # After the owner's own pages: /recharge/auto is nobody's receipt.
        *(each for path, (page, deed) in OPEN.items() for each in pair(path, hall.open_page(page), deed)),
        *(route(path, hall.deed(deed, page), "POST") for path, (deed, page) in DEEDS.items()),
        # Uncompressed: what is packed waits until there is enough of it, and this page grows while a month is read.
        Route("/records", hall.owner_deed(records.search), methods=["POST"], middleware=shell[:1]),
        *_door_routes(hall, route, pair),
        route("/static/{name:path}", _static(hall)),
        route("/{unknown:path}", hall.open_page(_unknown)),
    ]


def _name_offers(doors: Doors) -> frozenset[str]:
    parts = {"passkeys": doors.passkeys, "switch": doors.switch, "consents": doors.consents, "exports": doors.exports}
    return frozenset(name for name, part in parts.items() if part is not None)


def _door_routes(
    hall: Hall,
    route: Callable[[str, Endpoint, str], Route],
    pair: Callable[[str, Endpoint, Deed | None], list[Route]],
) -> list[Route]:
    """The routes of those parts of identity that are there."""
    found: list[Route] = []
    if hall.doors.passkeys:
        found.append(route("/passkeys/begin", hall.deed(passkey.begin), "POST"))
        found += pair("/security/passkeys", hall.owner_page(passkey.make), passkey.keep)
        found += pair("/security/passkeys/{passkey_id}", hall.owner_page(security.passkey), security.remove_passkey)
    if hall.doors.switch:
        found.append(route("/lines/switch", hall.deed(lines.switch, "/lines"), "POST"))
    if hall.doors.exports:
        found.append(route("/privacy/export/{request_id}", hall.owner_page(privacy.fetch_export), "GET"))
    if hall.doors.consents:
        found += pair("/oauth/authorize", hall.open_page(authorize.authorize), authorize.decide)
    return found


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
