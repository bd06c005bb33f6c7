"""What did a client send as a form?"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.body import BodyRefusal, read_body

LARGEST_BODY_BYTES = 16_384
MOST_FIELDS = 50
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class BadForm:
    """Why a body is no form that we read."""

    status: int
    description: str


async def read_form(request: Request) -> Mapping[str, str] | BadForm:
    """The fields of the body, each at most once; an empty one counts as not sent (RFC 6749 §3.1, §3.2)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return BadForm(400, f"The body must be {FORM}.")
    body = await read_body(request, most_bytes=LARGEST_BODY_BYTES)
    if isinstance(body, BodyRefusal):
        return BadForm(*_REFUSED[body])
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        return BadForm(400, "The body is not percent-encoded.")
    return parse_fields(text)


def parse_fields(text: str) -> Mapping[str, str] | BadForm:
    """The fields of a form or of a query."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:  # not UTF-8, or too many
        return BadForm(400, "The fields can not be read.")
    if len({name for name, _ in pairs}) != len(pairs):
        return BadForm(400, "A parameter was sent twice.")
    if not all(value.isprintable() for _, value in pairs):
        return BadForm(400, "A parameter has characters that can not be printed.")
    return {name: value for name, value in pairs if value}


_REFUSED = {
    BodyRefusal.TOO_LARGE: (413, "The body is too large."),
    BodyRefusal.TOO_SLOW: (408, "The body did not arrive in time."),
    BodyRefusal.GONE: (400, "The body did not arrive."),
}
