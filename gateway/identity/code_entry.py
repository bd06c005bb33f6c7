"""How does a one-time code prove something, once?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.budget import Budgets, Exhausted, spend_all
from gateway.identity.code import NoLiveCode, OneTimeCodes, WrongCode
from gateway.identity.credential import Credential, fetch_credential
from gateway.identity.line_watch import LineWatch
from gateway.identity.number import parse_number
from gateway.identity.proof import Failed, Proved
from gateway.identity.recent_refusals import RecentRefusals
from gateway.identity.sim_card import NewCard, SimCardCheck
from graphql_schema.assurance import Factor
from graphql_schema.door import CodeEvidence, Purpose, Turned


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """Judges codes of every purpose."""

    engine: AsyncEngine
    watch: LineWatch
    codes: OneTimeCodes
    sim_cards: SimCardCheck
    budgets: Budgets
    now: Callable[[], datetime]
    refusals: RecentRefusals = field(default_factory=RecentRefusals)

    async def judge(self, evidence: CodeEvidence) -> Proved | Failed | Turned:
        """Counts the try, and only then looks at the code; a right one is used up.

        While the SIM card is new, a right code to sign in proves the link alone, and any other opens nothing
        (``sim_changed``). Raises DatabaseFault.
        """
        number = parse_number(evidence.number)
        if number is None:
            return Turned("invalid_number")
        refused = await self._redeem(number, evidence)
        if refused is not None and refused.code == "locked":
            return refused
        known = await fetch_credential(self.engine, number)
        if refused is not None and refused.code == "wrong_credentials":
            return Failed(refused, known.line_id if known else None)
        if refused is not None:
            return refused
        if known is None or await self.watch.find_current_line(known) is None:  # closed since the code was texted
            return Turned("code_expired")
        new_card = await self.sim_cards.find_new_card(known.line_id)
        return self._prove(known, evidence.purpose, new_card)

    async def weigh(self, evidence: CodeEvidence, number: str) -> Turned | None:
        """Counts the try; None: the code is right, and stays good until it is used up. Raises DatabaseFault."""
        return await self._redeem(number, evidence, use_up=False)

    async def _redeem(self, number: str, evidence: CodeEvidence, *, use_up: bool = True) -> Turned | None:
        now, deed = self.now(), self.codes.redeem if use_up else self.codes.weigh
        attempts = self.budgets.by_source(evidence.source)
        refused = self.refusals.find(attempts, now)
        if refused is not None:
            return Turned("locked", {"until": refused.until})
        async with write(self.engine) as connection:
            counted = await spend_all(connection, attempts, now=now)
            if isinstance(counted, Exhausted):
                self.refusals.note(counted, now)
                return Turned("locked", {"until": counted.until})
            verdict = await deed(connection, number, evidence, now=now)
        if isinstance(verdict, WrongCode):
            return Turned("wrong_credentials", {"tries_left": verdict.tries_left})
        return Turned("code_expired") if isinstance(verdict, NoLiveCode) else None

    def _prove(self, known: Credential, purpose: Purpose, new_card: NewCard | None) -> Proved | Failed:
        if new_card is not None and purpose is not Purpose.SIGN_IN:
            return Failed(Turned("sim_changed", {"until": new_card.until}), known.line_id)
        factor = Factor.CODE if new_card is None else Factor.LINK
        return Proved(known.number, known.line_id, factor, self.now(), known.reset_at)
