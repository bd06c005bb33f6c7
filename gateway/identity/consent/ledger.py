"""What does a line's person agree to, and what follows when it is taken back?"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.holder import find_held
from gateway.identity.consent.word import Party, Word, add_word, fetch_last_word, fetch_last_words, tell_word
from gateway.identity.consent.wording import Wordings
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import BadArgument, SignInRequired
from graphql_schema.types.consent import Consent, ConsentPurpose

EndClientSessions = Callable[[AsyncConnection, str], Awaitable[object]]
"""Ends what every OAuth client holds of this line (id), within the transaction."""

PARTNER = ConsentPurpose.PARTNER


class SqlConsentLedger:
    """The ``ConsentLedger`` of graphql_schema.identity_ports over SQL: words are added, and the last one counts."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        now: Callable[[], datetime],
        end_client_sessions: EndClientSessions,
        wordings: Wordings | None = None,
    ) -> None:
        self._engine, self._now, self._end_client_sessions = engine, now, end_client_sessions
        self._wordings = wordings or Wordings.load()

    async def fetch_consents(self, caller: Caller) -> Sequence[Consent]:
        """The last word on every purpose; on PARTNER one a client. What was never spoken of is not given.

        A former holder's words are nobody's to see. Raises DatabaseFault.
        """
        line_id = _line_of(caller)
        async with read(self._engine) as connection:
            held = await find_held(connection, line_id)
            words = await fetch_last_words(connection, line_id)
        told = [tell_word(row) for row in words if row.at_us > held.after_us]
        return [
            consent
            for purpose in ConsentPurpose
            for consent in [each for each in told if each.purpose is purpose] or [self._unasked(purpose)]
        ]

    async def record(self, deed: Deed, purpose: ConsentPurpose, *, given: bool) -> Consent:
        """One more word. A partner is agreed to on its consent page alone; taken back, all clients of the line end.

        Raises BadArgument, DatabaseFault.
        """
        if purpose is PARTNER and given:
            raise BadArgument(name="purpose")
        async with write(self._engine) as connection:
            if purpose is PARTNER:
                return await self._part(connection, deed)
            now, line_id = self._now(), _line_of(deed.caller)
            word = Word(purpose, Party(), given, self._wordings.find(purpose, now), deed.id)
            await add_word(connection, deed.caller, word, now=now)
            row = await fetch_last_word(connection, line_id, purpose)
        return self._unasked(purpose) if row is None else tell_word(row)

    async def record_partner(
        self, connection: AsyncConnection, caller: Caller, client_id: str, client_name: str, scopes: Sequence[str]
    ) -> None:
        """What was agreed to on the consent page of a client, in the transaction that gives it its code."""
        now, party = self._now(), Party(client_id, client_name, tuple(scopes))
        await add_word(connection, caller, Word(PARTNER, party, True, self._wordings.find(PARTNER, now)), now=now)

    async def has_partner(
        self, connection: AsyncConnection, caller: Caller, client_id: str, scopes: Sequence[str]
    ) -> bool:
        """Whether the line's person lets this client see all of this already."""
        row = await fetch_last_word(connection, _line_of(caller), PARTNER, client_id)
        return row is not None and row.given and set(scopes) <= set(row.scopes.split())

    async def is_given(self, connection: AsyncConnection, line_id: str, purpose: ConsentPurpose) -> bool:
        """Whether the line's person agrees, for whoever is about to do what needs it."""
        row = await fetch_last_word(connection, line_id, purpose)
        return row is not None and row.given

    async def take_back_all(self, connection: AsyncConnection, caller: Caller, *, deed: str) -> int:
        """Takes back whatever is given, and says how much that was; clients end. The same deed does it once."""
        now, standing = self._now(), await self._fetch_given(connection, caller)
        for purpose, party in standing:
            word = Word(purpose, party, False, self._wordings.find(purpose, now), deed)
            await add_word(connection, caller, word, now=now)
        await self._end_client_sessions(connection, _line_of(caller))
        return len(standing)

    async def _part(self, connection: AsyncConnection, deed: Deed) -> Consent:
        now, wording = self._now(), self._wordings.find(PARTNER, self._now())
        for purpose, party in await self._fetch_given(connection, deed.caller):
            if purpose is PARTNER:
                await add_word(connection, deed.caller, Word(PARTNER, party, False, wording, deed.id), now=now)
        await self._end_client_sessions(connection, _line_of(deed.caller))
        return Consent(
            purpose=PARTNER, party="", given=False, changed_at=now, channel=deed.caller.channel, wording=wording
        )

    async def _fetch_given(self, connection: AsyncConnection, caller: Caller) -> list[tuple[ConsentPurpose, Party]]:
        words = await fetch_last_words(connection, _line_of(caller))
        return [
            (ConsentPurpose(row.purpose), Party(row.party, row.party_name, tuple(row.scopes.split())))
            for row in words
            if row.given
        ]

    def _unasked(self, purpose: ConsentPurpose) -> Consent:
        wording = self._wordings.find(purpose, self._now())
        return Consent(purpose=purpose, party="", given=False, changed_at=None, channel=None, wording=wording)


def _line_of(caller: Caller) -> str:
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber
