"""How does the SMS hall ask the graph, as the line that texts?"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.rendering import Language, mask_number
from channels.rests import ALL_AREAS, find_rests
from channels.sms.grammar import Grammar
from channels.sms.memory import Memory
from channels.sms.segments import count_parts
from channels.sms.wording import FOLDER, Wording
from graphql_schema.client import Caller, Channel, Graph, GraphError, Outcome, load_operations
from graphql_schema.door import Doorkeeper, LinkEvidence, Turned

OPERATIONS = load_operations(FOLDER)
"""What the SMS hall can do: one .graphql file a capability."""

CODES: Mapping[str, str] = {"SignInRequired": "sign_in_required", "NotYours": "not_yours", "BadInput": "bad_argument"}
"""Codes of answers for which the operations ask no more than the name."""

PARTS_MOST = 3
"""Of a list in full; a longer one leaves out what can be asked for elsewhere."""

NOTICES_WITHIN_SECONDS = 1.0
"""What rests is told beside an answer, which must not wait for it."""

BY_SMS_MOST = 2
"""The level that one answer in the dialogue can reach (domain page §5); level 3 is for the web and the app."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One text in its context: who sent it, how it is answered, and the key that makes its deeds happen once."""

    number: str
    language: Language
    key: str
    memory: Memory
    now: datetime


class Refused(Exception):  # noqa: N818  an expected answer
    """The graph or the doorkeeper said no; the code is worded."""

    def __init__(self, code: str, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = dict(parameters or {})


class NeedsProof(Exception):  # noqa: N818  an expected answer
    """The line alone does not open this: who texts has to prove more."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Runs operations, and words what they answer."""

    graph: Graph
    doorkeeper: Doorkeeper
    wording: Wording
    grammar: Grammar
    link: str = field(default="sms", kw_only=True)
    public_url: str = field(default="http://localhost:8000", kw_only=True)
    by_digit: bool = field(default=True, kw_only=True)
    """Whether the answer is read where a digit answers it: not in a text that somebody asked for elsewhere."""

    async def find_caller(self, number: str) -> Caller:
        """The line that texts, as far as the link vouches for it. Raises Refused."""
        admitted = await self.doorkeeper.admit(LinkEvidence(number=number, link=self.link), Channel.SMS)
        if isinstance(admitted, Turned):
            raise Refused(admitted.code, admitted.parameters)
        return admitted.caller

    async def run(self, command: str, caller: Caller, heard: Heard) -> str:
        """A command that is one question: its operation and its templates have its name. Raises Refused, NeedsProof."""
        me = await self.ask_me(command, caller, self.grammar.command(command).needs or "")
        said = self.word(command, heard, me=me)
        return said if count_parts(said) <= PARTS_MOST else self.word(command, heard, me=me, short=True)

    async def ask_me(self, operation: str, caller: Caller, needs: str, **variables: Any) -> Mapping[str, Any]:  # noqa: ANN401
        """What ``me`` answers, with the section without which there is no answer. Raises Refused, NeedsProof."""
        outcome = await self.graph.run(OPERATIONS[operation], variables, caller)
        me: Mapping[str, Any] | None = (outcome.data or {}).get("me")
        if me and me.get(needs) is not None:
            return me
        error = outcome.error_at("me", needs) or outcome.error_at("me") or next(iter(outcome.errors), None)
        fallback = "unavailable" if me or outcome.data is None else "sign_in_required"
        raise _to_refusal(error or GraphError(fallback))

    async def do(self, operation: str, caller: Caller, heard: Heard, **variables: Any) -> Mapping[str, Any]:  # noqa: ANN401
        """A deed's own success. Raises Refused, NeedsProof."""
        outcome: Outcome = await self.graph.run(OPERATIONS[operation], {"key": heard.key, **variables}, caller)
        answer: Mapping[str, Any] | None = (outcome.data or {}).get("answer")
        if answer is None:
            raise _to_refusal(next(iter(outcome.errors), GraphError("unavailable")))
        code = answer.get("code", CODES.get(answer["__typename"]))
        if code is None:
            return answer
        raise _to_refusal(GraphError(code, parameters=answer))

    async def ask(self, operation: str, caller: Caller, field_name: str, **variables: Any) -> Mapping[str, Any]:  # noqa: ANN401
        """What a question outside ``me`` answers. Raises Refused."""
        outcome = await self.graph.run(OPERATIONS[operation], variables, caller)
        found: Mapping[str, Any] | None = (outcome.data or {}).get(field_name)
        if found is None:
            raise _to_refusal(next(iter(outcome.errors), GraphError("unavailable")))
        return found

    async def find_rests(self, heard: Heard, areas: Collection[str] = ALL_AREAS) -> list[dict[str, Any]]:
        """What rests now or soon, of these areas. A graph that does not answer, or not at once, holds no text up."""
        try:
            async with asyncio.timeout(NOTICES_WITHIN_SECONDS):
                outcome = await self.graph.run(OPERATIONS["service_notices"], {}, Caller(Channel.SMS))
        except TimeoutError:
            return []
        return find_rests((outcome.data or {}).get("serviceNotices") or (), heard.now, areas)

    def word(self, sentence: str, heard: Heard, **facts: Any) -> str:  # noqa: ANN401
        """A template with its facts and the sender's masked number; ``short`` tells no more than what is left."""
        known = {"by_digit": self.by_digit, "public_url": self.public_url, "short": False}
        return self.wording.render(sentence, heard.language, number=mask_number(heard.number), **(known | facts))


def _to_refusal(error: GraphError) -> Exception:
    if error.code == "step_up_required" and int(error.parameters.get("needed", BY_SMS_MOST)) <= BY_SMS_MOST:
        return NeedsProof(error.code)
    return Refused(error.code, error.parameters)
