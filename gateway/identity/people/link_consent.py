"""Whose yes opens another line, and was it said?"""

from dataclasses import dataclass

from gateway.identity.code_entry import CodeEntry
from gateway.identity.line_watch import number_of
from gateway.identity.sim_card import SimCardCheck
from graphql_schema.client import Caller
from graphql_schema.door import CodeEvidence, Purpose, Turned
from graphql_schema.problems import CodeExpired, Locked, Problem, SimChanged, WrongSecret
from graphql_schema.types.line import Line, LineKind, mask_number


@dataclass(frozen=True, slots=True)
class Consent:
    """Where the code that says yes was texted, and what its message named."""

    number: str
    about: str
    line_id: str


def decide_consent(own: Line, other: Line | None, *, asked: str) -> Consent:
    """Whose yes opens the other line: its owner's, by a code texted to it (``about`` the caller's masked number).

    A line without texts (fixed, broadband, IPTV) of the same customer is confirmed on the caller's own number: the BSS
    vouches that both are one person's (``about`` the other's masked number). Others' lines without texts get no yes.
    """
    if other is not None and other.kind is not LineKind.MOBILE and other.customer_id == own.customer_id:
        return Consent(number_of(own), mask_number(number_of(other)), own.id)
    return Consent(number_of(other) if other else asked, mask_number(number_of(own)), other.id if other else "")


async def check_code(codes: CodeEntry, caller: Caller, consent: Consent, code: str, challenge: str) -> None:
    """Counts the try; a right code stays good until it is used up. Raises WrongSecret, CodeExpired, Locked."""
    source = f"line:{caller.subscriber}"
    evidence = CodeEvidence(consent.number, code, source, challenge, purpose=Purpose.LINK_LINE, about=consent.about)
    refused = await codes.weigh(evidence, consent.number)
    if refused is not None:
        raise _name_problem(refused)


async def check_sim_card(sim_cards: SimCardCheck, line_id: str) -> None:
    """Raises SimChanged, also where nobody can say how old the card is."""
    new_card = await sim_cards.find_new_card(line_id)
    if new_card is not None:
        raise SimChanged(until=new_card.until)


def _name_problem(refused: Turned) -> Problem:
    named = refused.parameters
    match refused.code:
        case "wrong_credentials":
            return WrongSecret(tries_left=named["tries_left"])
        case "locked":
            return Locked(until=named["until"])
        case _:
            return CodeExpired()
