"""What went over the wire, once: a request and its response as they were sent?"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx


class JsonError(ValueError):
    """The bytes are not one JSON document (RFC 8259: neither NaN nor Infinity, UTF-8, no trailing text)."""


@dataclass(frozen=True)
class Exchange:
    """A request and its response. ``path`` stands below the base address; header names are lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    headers: dict[str, str]
    body: bytes

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter, or None."""
        return dict(self.query).get(name)


def parse_json(body: bytes) -> Any:
    """A JSON document with exact numbers; raises JsonError."""
    try:
        return json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise JsonError(str(error)) from error


def exchange_of(response: httpx.Response, *, base_url: httpx.URL) -> Exchange:
    """The exchange behind an httpx response that has been read."""
    request = response.request
    return Exchange(
        method=request.method,
        path=below(request.url.path, base_url.path),
        query=tuple(parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True)),
        request_headers=dict(request.headers.items()),
        request_body=request.content,
        status=response.status_code,
        headers=dict(response.headers.items()),
        body=response.content,
    )


def below(path: str, base_path: str) -> str:
    """``path`` without the base address's own path; a path outside of it stays whole."""
    prefix = base_path.rstrip("/")
    return path[len(prefix) :] if prefix and path.startswith(prefix + "/") else path


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
