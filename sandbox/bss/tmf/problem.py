"""How does the BSS say no?"""

import orjson
from starlette.responses import Response


class Problem(Exception):  # noqa: N818  it is a TMF Error on the wire, and a refusal here
    """Answered as a TMF ``Error``: ``code`` is stable, ``reason`` is for people, ``message`` tells more."""

    def __init__(self, status: int, code: str, reason: str, *, message: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason
        self.message = message


def bad_request(code: str, reason: str) -> Problem:
    """400."""
    return Problem(400, code, reason)


def not_found(kind: str, id_: str) -> Problem:
    """404."""
    return Problem(404, "notFound", f"There is no {kind} {id_}.")


def render_problem(problem: Problem) -> Response:
    """The TMF Error body."""
    body = {"code": problem.code, "reason": problem.reason, "status": str(problem.status), "@type": "Error"}
    if problem.message:
        body["message"] = problem.message
    return Response(orjson.dumps(body), status_code=problem.status, media_type="application/json")


def render_numbered_problem(problem: Problem) -> Response:
    """The Error body of an API whose ``code`` and ``status`` are numbers: the code is the ``message``."""
    body = {
        "code": problem.status,
        "reason": problem.reason,
        "message": problem.code,
        "status": problem.status,
        "@type": "Error",
    }
    return Response(orjson.dumps(body), status_code=problem.status, media_type="application/json")
