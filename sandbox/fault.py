"""What goes wrong on the way to the BSS or back, because somebody asked for it?"""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.bss.tmf.body import read_object, wanted, wanted_text
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.problem import Problem, bad_request, render_problem
from sandbox.bss.tmf.wire import ROOT

FaultMode = Literal["dropAnswer", "silence", "dropRequest", "error"]
_MODES: Final[dict[str, FaultMode]] = {mode: mode for mode in get_args(FaultMode)}
_MOST_TIMES: Final = 1000


@dataclass(slots=True)
class Fault:
    """One that waits for requests whose path ends so: ``dropAnswer`` does what is asked and breaks the answer off,
    ``silence`` does it and never answers, ``dropRequest`` breaks off and does nothing, ``error`` answers 500 and does
    nothing."""

    path: str
    mode: FaultMode
    method: str
    times: int


@dataclass(slots=True)
class Faults:
    """The faults that wait, in the order in which they were asked for."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str) -> FaultMode | None:
        """What becomes of a request; each counts once."""
        for fault in self.waiting:
            if path.startswith(ROOT) and path.endswith(fault.path) and method == fault.method:
                fault.times -= 1
                self.waiting = [one for one in self.waiting if one.times > 0]
                return fault.mode
        return None


def fault_routes(faults: Faults) -> list[Route]:
    """``POST /sandbox/fault {"path", "mode", "times", "method"}`` (once, and POST, if not said); ``GET`` shows those
    that wait, ``DELETE`` takes them back."""

    async def show(_: Request) -> Response:
        return render_json(_render(faults))

    async def ask(request: Request) -> Response:
        wire = await read_object(request, frozenset({"path", "mode", "times", "method"}))
        path, mode = wanted_text(wire, "path"), _MODES.get(wanted_text(wire, "mode"))
        times = wanted(wire, "times") if "times" in wire else 1
        if mode is None or type(times) is not int or not 0 < times <= _MOST_TIMES:
            raise bad_request("badProperty", f"mode must be one of {', '.join(_MODES)}, times a whole number above 0.")
        method = wanted_text(wire, "method").upper() if "method" in wire else "POST"
        faults.waiting.append(Fault(path, mode, method, times))
        return render_json(_render(faults), status=201)

    async def heal(_: Request) -> Response:
        faults.waiting.clear()
        return render_json(_render(faults))

    return [
        Route("/sandbox/fault", show, methods=["GET"]),
        Route("/sandbox/fault", ask, methods=["POST"]),
        Route("/sandbox/fault", heal, methods=["DELETE"]),
    ]


class FaultyWay:
    """Middleware: what is asked of the BSS may go wrong."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mode = self._faults.take(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if mode is None:
            await self._app(scope, receive, send)
        elif mode == "error":
            await render_problem(Problem(500, "internalError", "Something failed."))(scope, receive, send)
        else:
            if mode != "dropRequest":
                await self._app(scope, receive, _swallow)
            if mode == "silence":
                await _wait_for_the_end(receive)
            else:
                await _break_off(send)


async def _swallow(_: Message) -> None:
    """Nobody hears it."""


async def _break_off(send: Send) -> None:
    """An answer that promises more than comes: the server then cuts the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})


async def _wait_for_the_end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _render(faults: Faults) -> list[dict[str, object]]:
    return [
        {"path": fault.path, "mode": fault.mode, "method": fault.method, "times": fault.times}
        for fault in faults.waiting
    ]
