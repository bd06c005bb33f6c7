"""How does a call go, from ringing to its end?"""

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urldefrag, urljoin

import httpx

from sandbox.handset.voicexml.dialog import Dialog
from sandbox.handset.voicexml.document import NotUnderstood, parse_document
from sandbox.handset.voicexml.jump import Exit, Fetch, Jump, Thrown, Transfer
from sandbox.handset.voicexml.prompt import Piece
from sandbox.trusted_roots import trusted_roots

State = Literal["ringing", "talking", "transferred", "ended"]
DOCUMENTS_WITHOUT_INPUT = 20
DOCUMENT_LIMIT_BYTES = 1 << 20
_TYPES = ("application/voicexml+xml", "application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said or done in a call. A caller's keys are shown only where one key is the whole answer: more of them
    may be a password, and read ``••••••``; a silence is a caller's turn without text."""

    speaker: Literal["hall", "caller"]
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The words, one after the other."""
        return " ".join(piece.text for piece in self.pieces if piece.text)


class Call:
    """A telephone call to a voice browser that starts at a VoiceXML document.

        async with Call("http://127.0.0.1:8000/ivr?token=…", "13800138001") as call:
            await call.dial()
            await call.press("1")
            assert "一百二十八元" in call.heard

    ``{caller}`` and ``{call}`` in the address are filled in; documents find the caller in
    ``session.connection.remote.uri`` in any case. ``token`` proves to the entry's own host that this is the operator's
    voice gateway (``Authorization: Bearer``). ``state`` goes from ``ringing`` over ``talking`` to ``transferred``
    (then ``transferred_to`` and ``context`` are set) or ``ended``; ``error`` says what went wrong, for developers,
    and is None in a good call.
    """

    def __init__(
        self,
        ivr_url: str,
        caller: str | None,
        *,
        called: str = "10086",
        call_id: str = "handset",
        token: str | None = None,
    ) -> None:
        self.state: State = "ringing"
        self.turns: list[Turn] = []
        self.error: str | None = None
        self.transferred_to: str | None = None
        self.context: str | None = None
        self._entry = ivr_url.replace("{caller}", caller or "").replace("{call}", call_id)
        remote = f"tel:{caller}" if caller else "anonymous"
        self._session: dict[str, Any] = {
            "connection": {"remote": {"uri": remote}, "local": {"uri": f"tel:{called}"}},
            "id": call_id,
        }
        self._token = token
        self._http = httpx.AsyncClient(verify=trusted_roots(), timeout=10, trust_env=False)
        self._url = ""
        self._dialog: Dialog | None = None
        self._heard: list[Piece] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()

    @property
    def heard(self) -> str:
        """What the hall has said since the caller's last key or silence."""
        return " ".join(piece.text for piece in self._heard if piece.text)

    @property
    def keys_pressed(self) -> int:
        """How many keys of an answer were pressed that is not complete yet."""
        return len(self._dialog.keys) if self._dialog else 0

    @property
    def silence_seconds(self) -> float | None:
        """How long the hall waits for the next key; None when it does not listen."""
        return self._dialog.silence_seconds if self._dialog else None

    @property
    def barge_in(self) -> bool:
        """Whether a key may be pressed while the hall is speaking."""
        listening = self._dialog.listening if self._dialog else None
        return listening is not None and listening.barge_in

    async def dial(self) -> None:
        """Rings, and listens to the greeting."""
        self.state = "talking"
        await self._follow(Fetch(self._entry))

    async def press(self, keys: str) -> None:
        """Presses one key, or one after the other while somebody listens.

        Where a document waits for ``#`` (its termtimeout), an input is complete with ``#`` or ``wait_silence``.
        """
        for key in keys:
            if self.state != "talking" or self._dialog is None:
                return
            self._heard = []
            await self._follow(self._run(self._dialog.press, key))

    async def wait_silence(self) -> None:
        """Presses nothing until the hall stops waiting."""
        if self.state != "talking" or self._dialog is None:
            return
        self._heard = []
        await self._follow(self._run(self._dialog.elapse))

    async def hang_up(self) -> None:
        """Ends the call. A document may still send a last word, whose answer nobody hears."""
        if self.state == "talking" and self._dialog is not None:
            jump = self._run(self._dialog.throw, Thrown("connection.disconnect.hangup"))
            if isinstance(jump, Fetch):
                try:
                    await self._request(jump)
                except (httpx.HTTPError, Thrown) as error:
                    self.error = self.error or f"at the end of the call: {error}"
        await self._over("ended" if self.state in ("ringing", "talking") else self.state)

    # --- from document to document ------------------------------------------------------------------------------

    async def _follow(self, jump: Jump | None) -> None:
        """Goes on until a field listens or the call is over."""
        for _ in range(DOCUMENTS_WITHOUT_INPUT):
            if jump is None:
                return
            if isinstance(jump, Fetch):
                jump = await self._fetch(jump)
                continue
            if isinstance(jump, Transfer):
                self.transferred_to, self.context = jump.destination, jump.context
            await self._over("transferred" if isinstance(jump, Transfer) else "ended")
            return
        self.error = f"more than {DOCUMENTS_WITHOUT_INPUT} documents, and none of them listens"
        await self._over("ended")

    async def _fetch(self, fetch: Fetch) -> Jump | None:
        try:
            response = await self._request(fetch)
            document = parse_document(response.content, str(response.url))
        except Thrown as thrown:
            self.error = f"{thrown.event}: {thrown.message}"
            return self._run(self._dialog.throw, thrown) if self._dialog else Exit()
        except NotUnderstood as error:
            self.error = str(error)
            return Exit()
        self._url = str(response.url)
        self._dialog = Dialog(document, self._session, say=self._hear, note_keys=self._note_keys)
        return self._run(self._dialog.start)

    async def _request(self, fetch: Fetch) -> httpx.Response:
        """Raises Thrown ``error.badfetch`` (VoiceXML 2.0 §5.2.6) for what is no document."""
        address = urldefrag(urljoin(self._url, fetch.address)).url
        try:
            url = httpx.URL(address)
            if fetch.method == "post":
                response = await self._http.post(url, data=dict(fetch.fields), headers=self._proof(url))
            else:
                merged = url.copy_merge_params(dict(fetch.fields))
                response = await self._http.get(merged, headers=self._proof(url))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Thrown("error.badfetch", f"{address.partition('?')[0]}: {error!r}") from None
        if response.is_error:
            event = f"error.badfetch.http.{response.status_code}"
            raise Thrown(event, f"{response.request.url.path} answered {response.status_code}")
        if response.status_code != httpx.codes.NO_CONTENT:
            self._require_document(response)
        return response

    def _proof(self, url: httpx.URL) -> dict[str, str]:
        """What the gateway shows, to the host of the entry alone."""
        entry = httpx.URL(self._entry)
        same = (url.scheme, url.host, url.port) == (entry.scheme, entry.host, entry.port)
        return {"Authorization": f"Bearer {self._token}"} if self._token and same else {}

    @staticmethod
    def _require_document(response: httpx.Response) -> None:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _TYPES or len(response.content) > DOCUMENT_LIMIT_BYTES:
            raise Thrown("error.badfetch", f"{response.request.url.path} is {media_type!r}, no VoiceXML document")

    def _run(self, deed: Callable[..., None], *arguments: Any) -> Jump | None:  # noqa: ANN401  a deed's own
        """Runs the dialog as far as it goes by itself; where it leads to from there, or None while it listens."""
        try:
            deed(*arguments)
        except Thrown as thrown:
            self.error = f"{thrown.event}: {thrown.message}"
            return Exit()
        except NotUnderstood as error:
            self.error = str(error)
            return Exit()
        except Jump as jump:
            return jump
        return None

    async def _over(self, state: State) -> None:
        self.state = state
        self._dialog = None
        await self._http.aclose()

    # --- what is heard ------------------------------------------------------------------------------------------

    def _hear(self, pieces: list[Piece]) -> None:
        if not pieces:
            return
        self._heard.extend(pieces)
        if self.turns and self.turns[-1].speaker == "hall":
            pieces = [*self.turns.pop().pieces, *pieces]
        self.turns.append(Turn("hall", tuple(pieces)))

    def _note_keys(self, keys: str) -> None:
        self.turns.append(Turn("caller", (Piece(keys, ""),) if keys else ()))
