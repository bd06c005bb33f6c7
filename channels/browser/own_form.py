"""Was this form sent from one of our own pages, to this very person, and no larger than ours are?"""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

FORM_BYTES_MAX = 8 * 1024
_FIELDS_MAX = 20
_KIND = "application/x-www-form-urlencoded"


def issue_form_token(secret: str) -> str:
    """A token for a form, different each time, so that compressing a page gives nothing away."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_seal(secret, nonce)}"


def is_own_form(request: Request, form: Mapping[str, str], *, secret: str, public_url: str) -> bool:
    """Whether a form came from one of our pages; ``secret`` is what the person's tokens are made of."""
    headers = request.headers
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is not None and origin not in _own_origins(request, public_url):
        return False
    nonce, _, seal = form.get("form", "").partition(".")
    return hmac.compare_digest(seal.encode(), _seal(secret, nonce).encode())


def is_local(path: str) -> bool:
    """Whether an address leads to a page of ours: nothing that a browser would read as another host."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return False
    return path.isascii() and all(0x20 < ord(letter) < 0x7F for letter in path)


async def read_form(request: Request, *, most_bytes: int = FORM_BYTES_MAX) -> dict[str, str]:
    """The fields of a urlencoded form; empty when it is larger than ours can be, or of another kind."""
    if not request.headers.get("content-type", "").startswith(_KIND):
        return {}
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return {}
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError:  # more fields than any form of ours has
        return {}
    return dict(pairs)


def _own_origins(request: Request, public_url: str) -> tuple[str, str]:
    public = urlsplit(public_url)
    return f"{public.scheme}://{public.netloc}", f"{request.url.scheme}://{request.headers.get('host', '')}"


def _seal(secret: str, nonce: str) -> str:
    return hmac.new(secret.encode(), b"form:" + nonce.encode(), sha256).hexdigest()
