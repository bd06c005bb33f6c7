"""Is a list read whole, whether or not the system tells how long it is?"""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bss_adapters.tmf.paging import fetch_pages
from tests.bss_adapters.conftest import make_client

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("tells_total", [True, False])
@pytest.mark.parametrize("length", [0, 9, 10, 11, 25])
async def test_every_item_of_a_list_is_read(length: int, *, tells_total: bool) -> None:
    async def answer(request: Request) -> Response:
        offset, limit = int(request.query_params.get("offset", 0)), int(request.query_params["limit"])
        headers = {"X-Total-Count": str(length)} if tells_total else {}
        return JSONResponse(list(range(length))[offset : offset + limit], headers=headers)

    app = Starlette(routes=[Route("/list", answer)])
    client = make_client("http://bss.example", transport=httpx.ASGITransport(app))
    pages = await fetch_pages(client, "bill", "/list", {}, limit=10)
    assert [item for page in pages for item in page.json] == list(range(length))
    await client.aclose()
