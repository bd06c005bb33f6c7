"""How do the style sheet, the script and the icons reach a browser once and for good?"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

_KEPT_SECONDS = 365 * 24 * 3600
_SERVED = frozenset({".css", ".js", ".svg", ".png", ".ico"})


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file with the address that changes when its content does, and its gzip form."""

    address: str
    media_type: str
    content: bytes
    compressed: bytes


def load_static_files(folder: Path) -> Mapping[str, StaticFile]:
    """Every file that a page may ask for, by its path in the folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in _SERVED)
    return MappingProxyType({path.relative_to(folder).as_posix(): _load(folder, path) for path in files})


def answer_static_file(files: Mapping[str, StaticFile], request: Request) -> Response | None:
    """The file at this address, cached for a year; None when there is none (or its content has changed since)."""
    wanted = next((file for file in files.values() if file.address == request.url.path), None)
    if wanted is None:
        return None
    headers = {"Cache-Control": f"public, max-age={_KEPT_SECONDS}, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(wanted.compressed, media_type=wanted.media_type, headers=headers)
    return Response(wanted.content, media_type=wanted.media_type, headers=headers)


def _load(folder: Path, path: Path) -> StaticFile:
    content = path.read_bytes()
    digest = sha256(content).hexdigest()[:10]
    address = f"/static/{path.relative_to(folder).with_suffix('').as_posix()}.{digest}{path.suffix}"
    media_type = guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(address, media_type, content, gzip.compress(content, 9, mtime=0))
