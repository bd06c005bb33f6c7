"""How does a text become its answer?"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from channels.dialogue import Conversations, Run, Say, Turn
from channels.rendering import Language, mask_number
from channels.sms.grammar import Grammar, load_grammar
from channels.sms.number import parse_number
from channels.sms.turn import Memory, decide_language, decide_turn
from channels.sms.wording import Wording
from graphql_schema.client import Channel, Graph, Operation, load_operations
from graphql_schema.door import Doorkeeper, LinkEvidence, Turned

FOLDER = Path(__file__).parent
OPERATIONS = load_operations(FOLDER)
"""What the SMS hall can do: one .graphql file a capability."""


def load_hall_grammar() -> Grammar:
    """The table of keywords that comes with the hall; an operator may load another one."""
    return load_grammar(FOLDER / "grammar.toml")


class SmsHall:
    """Parses an intent, runs its operation as the line that texts, renders the result."""

    def __init__(  # noqa: PLR0913  the parts that it is wired from
        self,
        graph: Graph,
        doorkeeper: Doorkeeper,
        conversations: Conversations,
        *,
        grammar: Grammar,
        wording: Wording,
        link: str = "sms",
        country_code: str = "86",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._graph = graph
        self._doorkeeper = doorkeeper
        self._conversations = conversations
        self._grammar = grammar
        self._wording = wording
        self._link = link
        self._country_code = country_code
        self._clock = clock

    async def answer(self, sender: str, text: str) -> str:
        """The reply to one text. Answering the same text again is harmless: nothing but the dialogue is changed."""
        number = parse_number(sender, country_code=self._country_code)
        key = f"sms:{number}"
        before = Memory.from_json(await self._conversations.load(key))
        memory, turn = decide_turn(before, text, self._grammar, now=self._clock())
        if memory != before:
            keep_seconds = self._grammar.dialogue_lifetime_seconds
            await self._conversations.save(key, memory.to_json(), keep_seconds=keep_seconds)
        return await self._word(turn, number, decide_language(memory, text))

    def apologize(self, sender_text: str) -> str:
        """What is said when an answer failed for a reason that is ours."""
        return self._wording.render_error("unavailable", decide_language(Memory(), sender_text))

    async def _word(self, turn: Turn, number: str, language: Language) -> str:
        match turn:
            case Say(sentence, facts):
                return self._wording.render(sentence, language, **facts)
            case Run(name):
                return await self._run(name, number, language)

    async def _run(self, name: str, number: str, language: Language) -> str:
        admitted = await self._doorkeeper.admit(LinkEvidence(number=number, link=self._link), Channel.SMS)
        if isinstance(admitted, Turned):
            return self._wording.render_error(admitted.code, language)
        operation: Operation = OPERATIONS[name]
        outcome = await self._graph.run(operation, {}, admitted.caller)
        needs = self._grammar.command(name).needs or ""
        me = (outcome.data or {}).get("me")
        if not me or me.get(needs) is None:
            error = outcome.error_at("me", needs) or outcome.error_at("me") or next(iter(outcome.errors), None)
            fallback = "unavailable" if me or outcome.data is None else "sign_in_required"
            if error is None:
                return self._wording.render_error(fallback, language)
            return self._wording.render_error(error.code, language, error.parameters)
        return self._wording.render(name, language, me=me, number=mask_number(number))
