"""How is a passkey made, and how does its answer prove whose it is?"""

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from gateway.database import DatabaseFault, read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.budget import MINUTE, Budget, Exhausted, name_source, spend
from gateway.identity.credential import Credential, fetch_credential
from gateway.identity.device_name import name_device
from gateway.identity.notice import Notices
from gateway.identity.passkey.challenge import give_out, purge_challenges, take_back
from gateway.identity.passkey.shelf import Kept, count_use, fetch_by_credential, fetch_of_line, keep
from gateway.identity.proof import Failed, Proved
from graphql_schema.assurance import FRESH, Factor, find_ways
from graphql_schema.client import Caller
from graphql_schema.door import PasskeyChallenge, PasskeyEvidence, Turned
from graphql_schema.ports import BssFault, Lines
from graphql_schema.types.line import LineState, mask_number

MOST_OF_A_LINE = 10
NAME_CHARACTERS = 40
ANSWER_CHARACTERS = 16 * 1024
CHALLENGES = Budget("passkey_challenges", 60, MINUTE)
"""Of one source: many customers share one address of their operator."""

PROVED = 2
REFUSED = Turned("passkey_refused")
BAD_ANSWER = (WebAuthnException, ValueError, KeyError, TypeError, RecursionError)
"""What the library raises for what somebody sent."""


@dataclass(frozen=True, slots=True)
class Passkeys:
    """The ceremonies (door.PasskeyDoor) and the judgement. Every passkey is unlocked by its owner (user verification).

    ``public_url`` names the relying party and the origin: browsers keep a passkey for that host alone.
    """

    engine: AsyncEngine
    lines: Lines
    notices: Notices
    public_url: str
    hall_name: str
    now: Callable[[], datetime]
    secret: bytes = field(repr=False)

    async def begin_making(self, caller: Caller) -> PasskeyChallenge | Turned:
        """Options for whoever proved level 2 a short while ago; else ``step_up_required``, or ``too_many``."""
        refusal = self._find_refusal(caller)
        if refusal is not None:
            return refusal
        line_id = caller.subscriber or ""
        try:
            async with write(self.engine) as connection:
                held = await fetch_of_line(connection, line_id)
                if len(held) >= MOST_OF_A_LINE:
                    return Turned("too_many", {"most": MOST_OF_A_LINE})
                given = await give_out(connection, line_id=line_id, now=self.now())
        except DatabaseFault:
            return Turned("unavailable")
        name = mask_number(caller.number or "")
        options = generate_registration_options(
            rp_id=self._host,
            rp_name=self.hall_name,
            user_id=hmac.digest(self.secret, b"passkey-user\0" + line_id.encode(), "sha256"),
            user_name=name,
            user_display_name=name,
            challenge=given.challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in held
            ],
        )
        return PasskeyChallenge(given.id, options_to_json(options))

    async def finish_making(self, caller: Caller, challenge: str, answer: str, name: str) -> Turned | None:
        """Keeps the passkey and tells the line's owner."""
        refusal = self._find_refusal(caller)
        if refusal is not None:
            return refusal
        try:
            return await self._make(caller, challenge, answer, _read_name(name))
        except DatabaseFault:
            return Turned("unavailable")

    async def begin_use(self, *, source: str) -> PasskeyChallenge | Turned:
        """Options that name nobody: the answer is the same whoever asks."""
        now = self.now()
        try:
            async with write(self.engine) as connection:
                counted = await spend(connection, CHALLENGES, name_source(source), now=now)
                if isinstance(counted, Exhausted):
                    return Turned("locked", {"until": counted.until})
                given = await give_out(connection, line_id=None, now=now)
                await purge_challenges(connection, now=now)
        except DatabaseFault:
            return Turned("unavailable")
        options = generate_authentication_options(
            rp_id=self._host, challenge=given.challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
        return PasskeyChallenge(given.id, options_to_json(options))

    async def judge(self, evidence: PasskeyEvidence) -> Proved | Failed | Turned:
        """Whose passkey it is, once a challenge. Raises DatabaseFault."""
        async with write(self.engine) as connection:
            expected = await take_back(connection, evidence.challenge, line_id=None, now=self.now())
        answer = _read(evidence.answer)
        if expected is None or answer is None:
            return REFUSED
        async with read(self.engine) as connection:
            kept = await fetch_by_credential(connection, str(answer.get("id", "")))
        if kept is None:
            return REFUSED
        count = await asyncio.to_thread(self._verify_use, answer, expected, kept)
        known = await fetch_credential(self.engine, kept.number)
        if count is None or not await self._still_stands(kept, known):
            return Failed(REFUSED, kept.line_id)
        now = self.now()
        async with write(self.engine) as connection:
            if not await count_use(connection, kept, sign_count=count, now=now):
                return Failed(REFUSED, kept.line_id)  # the same answer twice, or a copy of the key
        return Proved(kept.number, kept.line_id, Factor.PASSKEY, now, known.reset_at if known else None)

    async def _make(self, caller: Caller, challenge: str, answer: str, name: str) -> Turned | None:
        now, line_id = self.now(), caller.subscriber or ""
        async with write(self.engine) as connection:
            expected = await take_back(connection, challenge, line_id=line_id, now=now)
        read_answer = _read(answer)
        made = await asyncio.to_thread(self._verify_making, read_answer, expected) if read_answer and expected else None
        if made is None:
            return REFUSED
        async with write(self.engine) as connection:
            held = await fetch_of_line(connection, line_id)
            if len(held) >= MOST_OF_A_LINE:
                return Turned("too_many", {"most": MOST_OF_A_LINE})
            if not await keep(connection, made, line_id=line_id, number=caller.number or "", name=name, now=now):
                return REFUSED
            await record(connection, AuditEntry.by(caller, "passkey_made", note=name), now=now)
            number = caller.number or ""
            await self.notices.send(connection, number=number, notice="passkey_made", key=challenge, name=name)
        return None

    def _verify_making(self, answer: Mapping[str, Any], expected: bytes) -> VerifiedRegistration | None:
        try:
            return verify_registration_response(
                credential=dict(answer),
                expected_challenge=expected,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except BAD_ANSWER:
            return None

    def _verify_use(self, answer: Mapping[str, Any], expected: bytes, kept: Kept) -> int | None:
        """The authenticator's own count of uses (0: it keeps none); None where the answer does not hold."""
        try:
            return verify_authentication_response(
                credential=dict(answer),
                expected_challenge=expected,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(kept.public_key),
                credential_current_sign_count=kept.sign_count,
                require_user_verification=True,
            ).new_sign_count
        except BAD_ANSWER:
            return None

    async def _still_stands(self, kept: Kept, known: Credential | None) -> bool:
        """The number is the same line's still, and that line the same holder's; while the BSS is down, as it was last
        known."""
        try:
            line = await self.lines.find_line(kept.number)
        except BssFault:
            return True
        if line is None or line.id != kept.line_id or line.state is LineState.CLOSED:
            return False
        return known is None or known.is_held_by(line)

    def _find_refusal(self, caller: Caller) -> Turned | None:
        """A passkey is made by the owner alone, who has just proved it."""
        now = self.now()
        if caller.subscriber is None or caller.fields is not None or caller.helper is not None:
            return Turned("passkey_refused")
        if caller.assurance >= PROVED and caller.since is not None and now - caller.since <= FRESH:
            return None
        ways = [[factor.name for factor in way] for way in find_ways(caller.proofs, PROVED, FRESH, now)]
        within = int(FRESH / timedelta(seconds=1))
        return Turned("step_up_required", {"needed": PROVED, "fresh_within_seconds": within, "ways": ways})

    @property
    def _host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    @property
    def _origin(self) -> str:
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"


def _read_name(said: str) -> str:
    return name_device(said)[:NAME_CHARACTERS] or "Passkey"


def _read(answer: str) -> dict[str, Any] | None:
    if len(answer) > ANSWER_CHARACTERS:
        return None
    try:
        read_answer = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return read_answer if isinstance(read_answer, dict) else None
