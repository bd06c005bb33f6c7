"""What does a call do for somebody, and where does it go on?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from channels.ivr.asking import ANY_WAY, Asking, find_step
from channels.ivr.call import Call
from channels.ivr.change_deeds import ChangeDeeds, refuse
from channels.ivr.menu import Menu
from channels.ivr.proof import Proofs
from channels.ivr.reward_deeds import RewardDeeds
from channels.ivr.texting import Texts, not_texted
from channels.ivr.turn import Do
from channels.ivr.way import ask_for_proof
from graphql_schema.assurance import Factor
from graphql_schema.client import GraphError

_PROVED = 2
_BY_PASSWORD = ((Factor.PASSWORD.name,),)


@dataclass(frozen=True, slots=True)
class Deeds:
    """The deeds of a call. ``key`` is the idempotency key: the call and its step, so that a submit that is sent twice
    has one effect."""

    asking: Asking
    proofs: Proofs
    menu: Menu
    texts: Texts | None = None

    @property
    def _changes(self) -> ChangeDeeds:
        return ChangeDeeds(self.asking, self.menu)

    @property
    def _rewards(self) -> RewardDeeds:
        return RewardDeeds(self.asking, self.menu)

    async def do(self, turn: Do, key: str) -> Call:
        """The call after the deed: at its result, at a question for a proof, or in a menu with the refusal in words."""
        deeds: Mapping[str, Callable[[Do, str], Awaitable[Call]]] = {
            "end_sessions": self._end_sessions,
            "answer_help": self._answer_help,
            "end_help": self._end_help,
            "change_password": self._change_password,
            "contact_check": self._check_contact,
            "pause_charges": self._set_brake,
            "resume_charges": self._set_brake,
            "prepare_change": self._changes.prepare,
            "confirm_change": self._changes.confirm,
            "withdraw_change": self._changes.withdraw,
            "redeem_voucher": self._changes.redeem,
            "redemption_preview": self._rewards.preview,
            "redeem_reward": self._rewards.redeem,
            "leave_reward": self._rewards.leave,
            "text_details": self._text_details,
            "text_results": self._text_results,
        }
        return await deeds[turn.deed](turn, key)

    async def tell_what_rests(self, call: Call, now: datetime) -> Call:
        """The call, in which it is said first what rests now or soon."""
        return await self._changes.tell_what_rests(call, now)

    async def tell_of_request(self, call: Call) -> Call:
        """The call at the first request to help that it was not told of yet, else as it was; what was to be said before
        is said then. A graph that does not answer holds nobody up."""
        if call.caller is None:
            return call
        me = ((await self.asking.run("helpers", call)).data or {}).get("me") or {}
        asks = [each for each in me.get("helpers") or () if each["state"] == "ASKED" and each["id"] not in call.told_of]
        if not asks:
            return call
        first = asks[0]
        asked = {name: first[name] for name in ("maskedNumber", "scopes", "until")}
        facts = {**call.facts, "asked": asked}
        told_of = (*call.told_of, first["id"])
        return call.goes_to("help_asked", chosen=first["id"], told_of=told_of, facts=facts, lead=call.lead)

    async def _end_sessions(self, turn: Do, key: str) -> Call:
        answer = await self.asking.do("end_sessions", turn.call, key=key)
        if isinstance(answer, GraphError):
            return self._refuse(turn, answer, "safety")
        lead = "sessions_ended" if answer["count"] else "no_sessions"
        return turn.call.lets_go().goes_to("safety", lead=lead, facts={"count": answer["count"]})

    async def _answer_help(self, turn: Do, key: str) -> Call:
        call = turn.call
        answer = await self.asking.do("answer_help", call, key=key, id=call.chosen, accept=turn.accept)
        if isinstance(answer, GraphError):
            if answer.code == "sim_changed" and call.level < _PROVED:  # the SIM card is new: the password still counts
                return ask_for_proof(replace(call, deed=turn.deed, wanted="main"), _BY_PASSWORD, lead="sim_is_new")
            return self._refuse(turn, answer, "main")
        lead = "help_accepted" if turn.accept else "help_refused"
        done = call.lets_go().goes_to("main", lead=lead, facts={"helper": answer["maskedNumber"]})
        return await self.tell_of_request(done)

    async def _end_help(self, turn: Do, key: str) -> Call:
        answer = await self.asking.do("end_help", turn.call, key=key, id=turn.call.chosen)
        if isinstance(answer, GraphError):
            return self._refuse(turn, answer, "helpers")
        masked = dict(turn.call.offered).get(turn.call.chosen or "", "")
        return turn.call.lets_go().goes_to("helpers", lead="help_ended", facts={"helper": masked})

    async def _change_password(self, turn: Do, key: str) -> Call:
        call, (old, new, again) = turn.call, turn.secrets
        if new != again:
            return call.goes_to("change_password", lead="not_the_same")
        if call.level < _PROVED:
            surer = await self.proofs.judge_password(call, old)
            if isinstance(surer, Call):
                return surer
            call = replace(call, caller=surer)
        answer = await self.asking.do("change_password", call, key=key, old=old, new=new)
        if isinstance(answer, GraphError):
            return self._refuse_password(call, answer)
        return call.lets_go().goes_to("safety", lead="password_changed")

    def _refuse_password(self, call: Call, error: GraphError) -> Call:
        told = error.parameters
        if error.code == "wrong_credentials":
            return call.goes_to("change_password", lead="wrong_password", tries_left=told["triesLeft"])
        if error.code == "weak_password":
            return call.goes_to("change_password", lead=self._lead(f"weak_password_{told['reason']}"))
        if error.code == "step_up_required":  # the old password is the proof, and it was right: no other one helps
            return call.lets_go().goes_to("main", lead="no_way_by_keys")
        return call.lets_go().goes_to("safety", lead=self._lead(error.code))

    async def _check_contact(self, turn: Do, _: str) -> Call:
        """A visitor names the number that is asked about, and learns of it no more than whether it is true."""
        call = turn.call
        about = {} if call.caller else {"number": call.number}
        outcome = await self.asking.run("contact_check", call, code=turn.secrets[0], **about)
        check: Mapping[str, Any] | None = (outcome.data or {}).get("contact")
        if check is not None:
            return call.lets_go().goes_to("contact_check", facts={"check": check})
        error = next(iter(outcome.errors), GraphError("unavailable"))
        if error.code == "locked":
            return call.lets_go().goes_to("safety", lead="contact_locked")
        return call.lets_go().goes_to("safety", lead=self._lead(error.code))

    async def _set_brake(self, turn: Do, key: str) -> Call:
        answer = await self.asking.do(turn.deed, turn.call, key=key)
        if isinstance(answer, GraphError):
            return self._refuse(turn, answer, "charge_brake")
        lead = "charges_paused" if turn.deed == "pause_charges" else "charges_resumed"
        return turn.call.lets_go().goes_to("main", lead=lead)

    async def _text_details(self, turn: Do, key: str) -> Call:
        """Texts the answer at the call's place; it is told again after it."""
        call = await self._text(turn.call, (turn.call.place,), key)
        lead = "text_sent" if turn.call.place in call.texted else "deed_failed"
        return call.goes_to(call.place, lead=lead)

    async def _text_results(self, turn: Do, key: str) -> Call:
        """Texts all that was told in the call and not texted yet, and takes leave."""
        wanted = not_texted(turn.call)
        call = await self._text(turn.call, wanted, key)
        return call.goes_to("goodbye", lead="text_sent" if set(wanted) <= set(call.texted) else "deed_failed")

    async def _text(self, call: Call, answers: tuple[str, ...], key: str) -> Call:
        """The call with what was queued; each answer has a key of its own."""
        if self.texts is None or call.caller is None:
            return call
        for answer in answers:
            if await self.texts.text(answer, call.caller, language=call.language, key=f"{key}-{answer}"):
                call = replace(call, texted=(*call.texted, answer))
        return call

    def _refuse(self, turn: Do, error: GraphError, place: str) -> Call:
        """Asks for what would do, and keeps the deed until then; or says why it can't be done."""
        if error.code == "step_up_required":
            waiting = replace(turn.call, deed=turn.deed, wanted=place)
            return ask_for_proof(waiting, find_step((error,)) or ANY_WAY)
        return refuse(self.menu, turn.call, error, place)

    def _lead(self, code: str) -> str:
        return code if code in self.menu.leads["zh"] else "deed_failed"
