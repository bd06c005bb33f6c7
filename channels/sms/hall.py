"""How does a text become its answer?"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels.dialogue import Conversations, Run, Say
from channels.sms.answering import Reply
from channels.sms.asking import Asking, Heard, NeedsProof, Refused
from channels.sms.change_deeds import ANSWERS
from channels.sms.deeds import DEEDS, HOLDING_SECRETS, TELLING_SECRETS
from channels.sms.grammar import Grammar, fold, load_grammar
from channels.sms.memory import Memory, offer_menu
from channels.sms.number import parse_number
from channels.sms.points_deeds import may_hold_address
from channels.sms.proof import Proofs
from channels.sms.segments import count_parts
from channels.sms.turn import AskForCode, Do, Prove, SmsTurn, decide_language, decide_turn
from channels.sms.wording import FOLDER, Wording
from graphql_schema.client import Caller, Graph
from graphql_schema.door import Doorkeeper


def load_hall_grammar() -> Grammar:
    """The table of keywords that comes with the hall; an operator may load another one."""
    return load_grammar(FOLDER / "grammar.toml")


_SECRET_DIGITS = re.compile(r"[0-9]{15,}|^[0-9]{6}$")


SAID_PARTS_MOST = 5
"""What one answer may cost. Of several notices of what rests, HELP says the first that fit: the web shows them all."""


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
        public_url: str = "http://localhost:8000",
        country_code: str = "86",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._conversations = conversations
        self._grammar = grammar
        self._wording = wording
        self._country_code = country_code
        self._clock = clock
        self._asking = Asking(graph, doorkeeper, wording, grammar, link=link, public_url=public_url.rstrip("/"))
        self._proofs = Proofs(doorkeeper, wording, grammar)

    async def answer(self, sender: str, text: str, *, message_id: int) -> Reply:
        """The reply to one text. Answering the same message again does nothing twice: its id is the deeds' key."""
        number = parse_number(sender, country_code=self._country_code)
        conversation = f"sms:{number}"
        before = Memory.from_json(await self._conversations.load(conversation))
        key = f"sms-message-{message_id}"
        memory, turn = decide_turn(before, text, self._grammar, now=self._clock(), key=key)
        heard = Heard(number, decide_language(memory, text), key, memory, self._clock())
        said, after = await self._take(turn, heard)
        if after != before:
            keep_seconds = self._grammar.dialogue_lifetime_seconds
            await self._conversations.save(conversation, after.to_json(), keep_seconds=keep_seconds)
        return Reply(said, secret=_holds_secret(text, turn), tells_secret=_tells_secret(turn, before))

    def apologize(self, sender_text: str) -> str:
        """What is said when an answer failed for a reason that is ours."""
        return self._wording.render_error("unavailable", decide_language(Memory(), sender_text))

    async def _take(self, turn: SmsTurn, heard: Heard) -> tuple[str, Memory]:
        if isinstance(turn, Say):
            rests = await self._asking.find_rests(heard) if turn.sentence == "help" else []
            return self._say(turn, heard, rests), heard.memory
        try:
            caller = await self._asking.find_caller(heard.number)
            match turn:
                case Run(name):
                    return await self._do(name, (), caller, heard)
                case AskForCode():
                    return await self._proofs.send_code(heard)
                case Prove(secret):
                    return await self._go_on(caller, secret, heard)
                case Do(command, arguments):
                    return await self._do(command, arguments, caller, heard)
        except Refused as refused:
            return self._wording.render_error(refused.code, heard.language, refused.parameters), heard.memory

    def _say(self, turn: Say, heard: Heard, rests: Sequence[Mapping[str, Any]]) -> str:
        """What needs no line, with as much of what rests as `SAID_PARTS_MOST` parts hold."""
        for most in range(len(rests), -1, -1):
            said = self._wording.render(turn.sentence, heard.language, **turn.facts, rests=rests[:most])
            if count_parts(said) <= SAID_PARTS_MOST:
                break
        return said

    async def _go_on(self, caller: Caller, secret: str, heard: Heard) -> tuple[str, Memory]:
        """The proof, then what waited for it."""
        waiting = heard.memory.waiting
        surer = await self._proofs.judge(caller, secret, heard)
        if isinstance(surer, tuple) or waiting is None:
            return surer if isinstance(surer, tuple) else (self.apologize(""), heard.memory)
        free = replace(heard, memory=replace(heard.memory, waiting=None))
        return await self._do(waiting.command, waiting.arguments, surer, free)

    async def _do(self, command: str, arguments: tuple[str, ...], caller: Caller, heard: Heard) -> tuple[str, Memory]:
        deed = DEEDS.get(command)
        try:
            if deed is not None:
                return await deed(self._asking, self._proofs, caller, arguments, heard)
            said, follow = await self._asking.run(command, caller, heard), self._grammar.command(command).follow
            return said, offer_menu(heard.memory, follow, self._grammar, now=heard.now) if follow else heard.memory
        except NeedsProof:
            return self._proofs.ask(command, arguments, heard)


def _holds_secret(text: str, turn: SmsTurn) -> bool:
    """Whether nothing of the text may be kept: what it says, or what it was taken for. Six digits may be a password,
    a long number a voucher card or that of an ID document, wherever they turn up; and what follows the code of a reward
    may be somebody's address."""
    if isinstance(turn, Prove) or (isinstance(turn, Do) and (turn.command in HOLDING_SECRETS or _holds_address(turn))):
        return True
    return _SECRET_DIGITS.search("".join(fold(text).split("#"))) is not None


def _tells_secret(turn: SmsTurn, before: Memory) -> bool:
    match turn:
        case Run(command) | Do(command):
            return command in TELLING_SECRETS
        case Prove():
            return before.waiting is not None and before.waiting.command in TELLING_SECRETS
        case _:
            return False


def _holds_address(turn: Do) -> bool:
    asked = turn.arguments[:1]
    return turn.command == "redeem" and not {*asked} & {*ANSWERS} and may_hold_address(turn.arguments)
