"""How does the SMS hall ask who somebody is, and take the answer?"""

from dataclasses import dataclass, replace

from channels.sms.asking import Heard, Refused
from channels.sms.grammar import Grammar
from channels.sms.memory import WAITING_LASTS, Memory, Waiting
from channels.sms.wording import Wording
from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    CodeWish,
    Doorkeeper,
    PasswordEvidence,
    PasswordReset,
    Purpose,
)

STILL_WAITS = frozenset({"wrong_credentials"})
"""After these the question stands: the next six digits are another try."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """The question, the code, and the judgement."""

    doorkeeper: Doorkeeper
    wording: Wording
    grammar: Grammar

    def ask(self, command: str, arguments: tuple[str, ...], heard: Heard) -> tuple[str, Memory]:
        """Asks for the service password or a code; the command waits for it."""
        waiting = Waiting(command, arguments, heard.now + WAITING_LASTS)
        label = self.grammar.command(command).label[heard.language]
        said = self.wording.render("prove", heard.language, label=label)
        return said, replace(heard.memory, waiting=waiting)

    async def send_code(self, heard: Heard) -> tuple[str, Memory]:
        """Texts a code for what waits. Raises Refused."""
        sent = await self._send(Purpose.STEP_UP, heard)
        waiting = heard.memory.waiting
        until = heard.now + WAITING_LASTS
        after = replace(waiting, challenge=sent.challenge, until=until) if waiting else None
        return self.wording.render("code_sent", heard.language), replace(heard.memory, waiting=after)

    async def judge(self, caller: Caller, secret: str, heard: Heard) -> Caller | tuple[str, Memory]:
        """The caller, surer; or what is said to a wrong answer, and whether the question stands."""
        number, source, waiting = heard.number, _source(heard), heard.memory.waiting
        evidence: CodeEvidence | PasswordEvidence = PasswordEvidence(number, secret, source)
        if waiting and waiting.challenge:
            evidence = CodeEvidence(number, secret, source, waiting.challenge, Purpose.STEP_UP)
        verdict = await self.doorkeeper.step_up(caller, evidence, Channel.SMS)
        if isinstance(verdict, Admitted):
            return verdict.caller
        code = "wrong_secret" if verdict.code == "wrong_credentials" else verdict.code
        memory = heard.memory if verdict.code in STILL_WAITS else replace(heard.memory, waiting=None)
        return self.wording.render_error(code, heard.language, verdict.parameters), memory

    async def prove_password(self, caller: Caller, password: str, heard: Heard) -> Caller:
        """The caller, surer by the service password. Raises Refused."""
        evidence = PasswordEvidence(heard.number, password, _source(heard))
        verdict = await self.doorkeeper.step_up(caller, evidence, Channel.SMS)
        if isinstance(verdict, Admitted):
            return verdict.caller
        raise Refused("wrong_secret" if verdict.code == "wrong_credentials" else verdict.code, verdict.parameters)

    async def begin_reset(self, heard: Heard) -> tuple[str, Memory]:
        """Texts a code for a forgotten password. Raises Refused."""
        sent = await self._send(Purpose.RESET, heard)
        return self.wording.render("reset_begun", heard.language), replace(heard.memory, reset_challenge=sent.challenge)

    async def reset(self, code: str, identity_number: str, password: str, heard: Heard) -> None:
        """Sets a new password by code and ID document. Raises Refused."""
        challenge = heard.memory.reset_challenge
        evidence = CodeEvidence(heard.number, code, _source(heard), challenge, Purpose.RESET)
        turned = await self.doorkeeper.reset_password(PasswordReset(evidence, identity_number, password), Channel.SMS)
        if turned is not None:
            code = "wrong_reset" if turned.code == "wrong_credentials" else turned.code
            raise Refused(code, turned.parameters)

    async def _send(self, purpose: Purpose, heard: Heard) -> CodeSent:
        sent = await self.doorkeeper.send_code(CodeWish(heard.number, purpose, Channel.SMS, _source(heard)))
        if isinstance(sent, CodeSent):
            return sent
        raise Refused(sent.code, sent.parameters)


def _source(heard: Heard) -> str:
    return f"sms:{heard.number}"
