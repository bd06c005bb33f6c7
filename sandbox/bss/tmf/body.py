"""What does a request's body ask for?"""

from typing import Any, Final

import orjson
from starlette.requests import Request

from sandbox.bss.tmf.problem import Problem, bad_request
from sandbox.bss.tmf.wire import Json

GREATEST_BODY_BYTES: Final = 1_000_000


async def read_object(request: Request, known: frozenset[str]) -> Json:
    """The JSON object of a request, with only ``known`` properties (and ``@…``).

    Raises Problem: 415 not JSON by its type, 413 too large, 400 not a JSON object or an unknown property.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(415, "unsupportedMediaType", "The body must be application/json.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > GREATEST_BODY_BYTES:
            raise Problem(413, "bodyTooLarge", f"The body may have {GREATEST_BODY_BYTES} bytes.")
    try:
        wire = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_request("badBody", "The body is not JSON.") from None
    if not isinstance(wire, dict):
        raise bad_request("badBody", "The body must be a JSON object.")
    if unknown := sorted(name for name in wire if name not in known and not name.startswith("@")):
        raise bad_request("unknownProperty", f"There is no property {', '.join(unknown)}.")
    return wire


def wanted(wire: Any, *path: str | int) -> Any:  # noqa: ANN401  JSON
    """The value at a path, or Problem 400 that names what is missing."""
    found = wire
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            raise bad_request("missingProperty", f"{'.'.join(map(str, path))} is missing.") from None
    return found


def wanted_text(wire: Any, *path: str | int) -> str:  # noqa: ANN401  JSON
    """The text at a path, or Problem 400."""
    found = wanted(wire, *path)
    if not isinstance(found, str) or not found:
        raise bad_request("badProperty", f"{'.'.join(map(str, path))} must be a text.")
    return found


def check_types(wire: Json, *, texts: frozenset[str], flags: frozenset[str], objects: frozenset[str],
                lists: frozenset[str]) -> None:  # fmt: skip
    """Problem 400 where a property that is there is of another type: ``lists`` hold objects."""
    for name in texts & wire.keys():
        wanted_text(wire, name)
    for name in wire:
        value = wire[name]
        wrong = (
            (name in flags and not isinstance(value, bool))
            or (name in objects and not isinstance(value, dict))
            or (name in lists and not (isinstance(value, list) and all(isinstance(item, dict) for item in value)))
        )
        if wrong:
            raise bad_request("badProperty", f"{name} is of the wrong type.")
