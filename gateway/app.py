"""Which routes does the gateway answer, and who may use each?"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from channels.desk.routes import desk_routes
from channels.ivr.routes import ivr_routes
from channels.web_hall.routes import web_hall_routes
from gateway.call_texts import make_call_texts
from gateway.document_files import Documents
from gateway.documents import document_routes
from gateway.every_answer import EveryAnswer
from gateway.health import health_routes
from gateway.http_graphql import graphql_routes
from gateway.hub import WakeWorker, hub_routes
from gateway.hub_registration import keep_registered
from gateway.identity.doorkeeper import real_now
from gateway.identity.oauth.routes import oauth_routes
from gateway.identity.routes import identity_routes
from gateway.identity.upstream.routes import upstream_routes
from gateway.keys import identity_secret, ivr_token
from gateway.metrics import CountRequests
from gateway.payment_notices import payment_notice_routes
from gateway.texts import signatures_of
from gateway.wiring import ROOT, Hall
from gateway.worker import make_celery

OPERATIONS = "the networks of ONEHALL_OPERATIONS_FROM"
BSS = "the BSS, by the token in its callback address"
BEARER = "each field by its own rule; the caller by a bearer token"
SUBSCRIBER = "a signed-in subscriber, by the session cookie"
STAFF = "staff, by the desk's cookie; each field and deed by its role"
CALL = "a call, by the key in its documents; caller ids only with the voice gateway's token"

ROUTE_ACCESS: Mapping[str, str] = {
    "/healthz": "anyone",
    "/readyz": OPERATIONS,
    "/metrics": OPERATIONS,
    "/bss/{token}/listener/usageCreateEvent": BSS,
    "/bss/{token}/listener/productStateChangeEvent": BSS,
    "/bss/{token}/listener/productAttributeValueChangeEvent": BSS,
    "/bss/{token}/listener/customerBillCreateEvent": BSS,
    "/bss/{token}/listener/productOrderStateChangeEvent": BSS,
    "/payments/{source}/notice": "anyone; nothing is believed that a provider has not signed",
    "/graphql": BEARER,
    "/api/sign-in": "anyone; guesses are counted",
    "/api/sign-in/code": "anyone; codes are counted",
    "/api/step-up": "whoever holds the token; guesses are counted",
    "/api/passwords/reset": "anyone; guesses are counted",
    "/api/sign-out": "whoever holds the token",
    "/ivr": CALL,
    "/ivr/begin": CALL,
    "/ivr/turn": CALL,
    "/ivr/end": CALL,
    "/": "anyone",
    "/sign-in": "anyone; guesses are counted",
    "/sign-out": "whoever holds the session cookie",
    "/home": SUBSCRIBER,
    "/bills": SUBSCRIBER,
    "/bills/{bill_id}": SUBSCRIBER,
    "/bills/{bill_id}/bill.pdf": SUBSCRIBER,
    "/bills/{bill_id}/bill.csv": SUBSCRIBER,
    "/bills/{bill_id}/bill.xlsx": SUBSCRIBER,
    "/bills/{bill_id}/dispute": SUBSCRIBER,
    "/bills/{bill_id}/invoice": SUBSCRIBER,
    "/bills/{bill_id}/share": SUBSCRIBER,
    "/shared/{token}": "whoever has the link, as long as it lives",
    "/shared/{token}/bill.pdf": "whoever has the link, as long as it lives",
    "/api/bills/{bill_id}.pdf": "a bearer token that opens Me.bill",
    "/api/records/exports/{export_id}": "a bearer token of the line itself, level 3, fresh",
    "/records": "a subscriber of level 3, fresh",
    "/records/switch": SUBSCRIBER,
    "/records/export": "a subscriber of level 3, fresh",
    "/records/exports": SUBSCRIBER,
    "/records/exports/{export_id}": "a subscriber of level 3, fresh, whose line asked for it",
    "/usage": SUBSCRIBER,
    "/usage/brake": SUBSCRIBER,
    "/bills/running": SUBSCRIBER,
    "/disputes/{dispute_id}": SUBSCRIBER,
    "/catalogue": "anyone",
    "/catalogue/compare": "anyone",
    "/catalogue/{offering_id}": "anyone",
    "/packages": SUBSCRIBER,
    "/plan-advice": SUBSCRIBER,
    "/change": SUBSCRIBER,
    "/change/{prepared_id}": "a subscriber of the line that it was prepared for; confirming by what the change takes",
    "/orders": SUBSCRIBER,
    "/orders/{order_id}": SUBSCRIBER,
    "/orders/{order_id}/cancel": SUBSCRIBER,
    "/services": SUBSCRIBER,
    "/services/puk": "a subscriber of level 2, fresh",
    "/services/new-line": SUBSCRIBER,
    "/recharge": "anyone; numbers are counted",
    "/recharge/voucher": "anyone; numbers and wrong cards are counted",
    "/recharge/{receipt}": "whoever has the receipt",
    "/recharges": SUBSCRIBER,
    "/recharge/auto": "a subscriber of level 2; setting it up fresh",
    "/balance": SUBSCRIBER,
    "/transfer": "a subscriber of level 2; giving by level 3, fresh",
    "/points": SUBSCRIBER,
    "/points/month": "a subscriber of level 2",
    "/points/transfer": "a subscriber; giving by level 3, fresh",
    "/rewards": SUBSCRIBER,
    "/rewards/{code}": "a subscriber; redeeming by level 2",
    "/redemptions": "a subscriber of level 2",
    "/redemptions/{redemption_id}": "a subscriber of level 2",
    "/promotions": SUBSCRIBER,
    "/grants": "a subscriber of level 2",
    "/grants/{grant_id}": "a subscriber of level 2",
    "/invite": "a subscriber of level 2",
    "/invited/{code}": "anyone; accepting by a subscriber of level 2",
    "/promises": SUBSCRIBER,
    "/inbox": SUBSCRIBER,
    "/settings": "anyone",
    "/api/switch-line": "whoever holds the token, to a line that Me.ownLines offers",
    "/api/passkeys/challenge": "anyone; challenges are counted",
    "/.well-known/openid-configuration": "anyone",
    "/.well-known/oauth-authorization-server": "anyone",
    "/oauth/jwks": "anyone",
    "/oauth/authorize": "anyone; a registered client's request, answered by a signed-in subscriber",
    "/oauth/par": "a registered client; requests are counted",
    "/oauth/token": "a registered client, with what it was granted",
    "/oauth/revoke": "a registered client, its own tokens",
    "/oauth/introspect": "a confidential client, its own tokens",
    "/oauth/userinfo": "an access token with the scope openid",
    "/oauth/logout": "anyone; ends the grant of an ID token of ours",
    "/sign-in/uam": "anyone; leads to the operator's own login",
    "/sign-in/uam/callback": "the browser that went to the operator's own login",
    "/desk": STAFF,
    "/desk/sign-in": "anyone; tries are counted",
    "/desk/enrol": "anyone; tries are counted",
    "/desk/sign-out": "whoever holds the desk's cookie",
    "/desk/settings": "anyone",
    "/desk/line": STAFF,
    "/desk/line/end-sessions": STAFF,
    "/desk/contact": STAFF,
    "/desk/promise": STAFF,
    "/desk/rest": STAFF,
    "/desk/rest/end": STAFF,
    "/desk/refund": STAFF,
    "/desk/reconciliation": STAFF,
    "/desk/bulk": STAFF,
    "/desk/bulk/new": STAFF,
    "/desk/campaigns": STAFF,
    "/desk/campaigns/new": STAFF,
    "/desk/campaign/{campaign_id}": STAFF,
    "/desk/mall": STAFF,
    "/desk/mall/codes": STAFF,
    "/desk/mall/item": STAFF,
    "/desk/redemption": STAFF,
    "/desk/redemption/return": STAFF,
    "/desk/points": STAFF,
    "/desk/trail": STAFF,
    "/desk/trail/verdict": STAFF,
    "/desk/members": STAFF,
    "/desk/{unknown:path}": "anyone",
    "/forgotten": "anyone; guesses are counted",
    "/check": "anyone; guesses are counted",
    "/step-up": SUBSCRIBER,
    "/security": SUBSCRIBER,
    "/security/others": SUBSCRIBER,
    "/security/password": SUBSCRIBER,
    "/security/trail": SUBSCRIBER,
    "/security/passkeys": SUBSCRIBER,
    "/security/passkeys/{passkey_id}": SUBSCRIBER,
    "/passkeys/begin": "anyone, to use a passkey; a subscriber of level 2, to make one",
    "/lines": SUBSCRIBER,
    "/lines/link": SUBSCRIBER,
    "/lines/switch": SUBSCRIBER,
    "/lines/{line_id}/unlink": SUBSCRIBER,
    "/lines/{line_id}/leave": SUBSCRIBER,
    "/helpers": SUBSCRIBER,
    "/helpers/grant": SUBSCRIBER,
    "/helpers/ask": SUBSCRIBER,
    "/helpers/answer": SUBSCRIBER,
    "/privacy": SUBSCRIBER,
    "/privacy/export": SUBSCRIBER,
    "/privacy/export/{request_id}": "a subscriber of level 3, fresh, who asked for it",
    "/privacy/erasure": SUBSCRIBER,
    "/privacy/call-off": SUBSCRIBER,
    "/static/{name:path}": "anyone",
    "/{unknown:path}": "anyone",
}
"""One line a route: a route without a rule fails the tests."""


def list_routes(hall: Hall) -> list[BaseRoute]:
    """Every route of the gateway, first match first; the web hall's come last: one of them answers all that is left."""
    settings, identity = hall.settings, hall.identity
    return [
        *health_routes(hall),
        *hub_routes(hall, WakeWorker(make_celery(settings.redis).send_task), hall.take_line_change, hall.take_new_bill),
        *payment_notice_routes(hall.deals.notices.take),
        *graphql_routes(hall.graph, hall.doorkeeper, public_url=settings.public_url),
        *identity_routes(hall.doorkeeper, line_switch=identity.switch, passkeys=identity.passkeys),
        *oauth_routes(identity.oauth, ask_at="/security"),
        *_login_routes(hall),
        *ivr_routes(
            hall.graph,
            hall.doorkeeper,
            hall.conversations,
            trusted_token=ivr_token(settings),
            public_url=settings.public_url,
            agent_address=settings.ivr_agent or None,
            hall_number=settings.hall_number,
            texts=make_call_texts(hall),
        ),
        *desk_routes(
            hall.graph,
            identity.staff_door,
            web_folder=ROOT / "web",
            secure_cookies=settings.secure_cookies,
            public_url=settings.public_url,
            hall_number=settings.hall_number,
        ),
        *web_hall_routes(
            hall.graph,
            hall.doorkeeper,
            web_folder=ROOT / "web",
            secure_cookies=settings.secure_cookies,
            public_url=settings.public_url,
            hall_number=settings.hall_number,
            passkeys=identity.passkeys,
            switch=identity.switch,
            consents=identity.oauth.consents,
            exports=identity.personal_data.open_export,
            uam_name=(settings.uam_name or "UAM") if identity.login else "",
            files=lambda web: document_routes(_documents(hall), web, secure_cookies=settings.secure_cookies),
        ),
    ]


def _documents(hall: Hall) -> Documents:
    return Documents(
        graph=hall.graph,
        doorkeeper=hall.doorkeeper,
        engine=hall.engine,
        exports=hall.statements.exports,
        shares=hall.statements.shares,
        record_lock=hall.identity.ports.record_lock,
        operators=signatures_of(hall.settings.sms_signature),
        now=real_now,
    )


def _login_routes(hall: Hall) -> list[BaseRoute]:
    """The way to the operator's own login and back, where there is one."""
    settings, login = hall.settings, hall.identity.login
    if login is None:
        return []
    return upstream_routes(
        login,
        secret=identity_secret(settings),
        public_url=settings.public_url,
        secure_cookies=settings.secure_cookies,
    )


def create_app(hall: Hall) -> ASGIApp:
    """The gateway as an ASGI application over an open hall. While it lives, our listener is registered at the BSS."""
    routes = list_routes(hall)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        registration = asyncio.create_task(keep_registered(hall), name="hub")
        try:
            yield
        finally:
            registration.cancel()
            await asyncio.gather(registration, return_exceptions=True)

    answering = EveryAnswer(Starlette(routes=routes, lifespan=lifespan), secure=hall.settings.secure_cookies)
    return CountRequests(answering, routes)
