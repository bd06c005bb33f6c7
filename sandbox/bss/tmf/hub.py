"""TMF hub: how does one ask for the events of an API?"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.hub import Hub, check_query
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import bad_request, not_found


def hub_routes(hub: Hub, address: str) -> list[Route]:
    """``POST /hub`` and ``DELETE /hub/{id}`` below one API's address."""
    api = address.split("/")[2]

    async def subscribe(request: Request) -> Response:
        wire = await read_object(request, frozenset({"callback", "query"}))
        callback = wanted_text(wire, "callback")
        query = wire.get("query") or ""
        if urlsplit(callback).scheme not in {"http", "https"} or not urlsplit(callback).hostname:
            raise bad_request("badProperty", "callback must be an http address.")
        if not isinstance(query, str) or not check_query(query):
            raise bad_request("badProperty", "query may only be eventType=….")
        subscription = hub.subscribe(api, callback, query)
        answer = {"id": subscription.id, "callback": callback, "query": query}
        return render_json(answer, status=201, headers={"Location": f"{address}/hub/{subscription.id}"})

    async def unsubscribe(request: Request) -> Response:
        id_ = request.path_params["id"]
        if not hub.unsubscribe(api, id_):
            raise not_found("subscription", id_)
        return Response(status_code=204)

    return [
        Route(f"{address}/hub", subscribe, methods=["POST"]),
        Route(f"{address}/hub/{{id}}", unsubscribe, methods=["DELETE"]),
    ]
