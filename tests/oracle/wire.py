"""What does a BSS say, page by page, with exact numbers?"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

Wire = Mapping[str, Any]
PAGE_SIZE = 500


async def fetch_one(client: httpx.AsyncClient, path: str) -> Any:
    """One resource below the base address; raises httpx.HTTPStatusError."""
    return exact(await client.get(path))


async def fetch_posted(client: httpx.AsyncClient, path: str, body: Wire) -> Any:
    """What a POST answers; raises httpx.HTTPStatusError."""
    return exact(await client.post(path, json=body))


async def fetch_all(client: httpx.AsyncClient, path: str, **filters: str) -> list[Any]:
    """Every resource of a list, however many pages it has. A dot in a filter's name is written ``__``."""
    query = {name.replace("__", "."): value for name, value in filters.items()}
    items: list[Any] = []
    while True:
        response = await client.get(path, params={**query, "offset": str(len(items)), "limit": str(PAGE_SIZE)})
        page = exact(response)
        items += page
        if not page or len(items) >= int(response.headers["X-Total-Count"]):
            return items


def exact(response: httpx.Response) -> Any:
    """An answer's JSON with decimals; raises httpx.HTTPStatusError."""
    response.raise_for_status()
    return json.loads(response.content, parse_float=Decimal)
