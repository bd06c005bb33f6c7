"""Which words leave the house by SMS without having been asked for: one-time codes and alerts?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from jinja2 import Environment
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.rendering import LANGUAGES, Language, render_minutes, share_volume, text_environment
from channels.sms.wording import SIGNATURES, render_code_text
from gateway.conversations import SqlConversations
from graphql_schema.door import Purpose
from notifications.alerts import FOLDER
from notifications.outbox import Wording
from notifications.sms_queue import Lane, SqlSmsQueue


class SmsCodes:
    """Sends a one-time code (identity's CodeSender) as a row in the lane that goes first."""

    def __init__(
        self, queue: SqlSmsQueue, conversations: SqlConversations, *, signatures: Mapping[Language, str]
    ) -> None:
        self._queue = queue
        self._conversations = conversations
        self._signatures = signatures

    async def send(  # noqa: PLR0913  all that the message may say
        self,
        connection: AsyncConnection,
        *,
        number: str,
        code: str,
        expires_at: datetime,
        purpose: Purpose,
        about: str,
    ) -> None:
        """Queues the text within the caller's transaction; it is worthless once the code has expired."""
        lifetime_seconds = (expires_at - datetime.now(UTC)).total_seconds()
        language = await chosen_language(self._conversations, connection, number)
        await self._queue.enqueue(
            connection,
            key=f"code:{purpose}:{number}:{expires_at.isoformat()}",
            recipient=number,
            text=render_code_text(
                code,
                render_minutes(int(lifetime_seconds)),
                language,
                purpose=purpose,
                about=about,
                signatures=self._signatures,
            ),
            lane=Lane.CODE,
            lifetime_seconds=lifetime_seconds,
        )


def signatures_of(signature: str) -> Mapping[Language, str]:
    """The operator's own signature in both languages, or ours where it has not said one."""
    return {"zh": signature, "en": signature} if signature else SIGNATURES


async def chosen_language(conversations: SqlConversations, connection: AsyncConnection, number: str) -> Language | None:
    """The language that this number last asked the SMS hall for; None until then."""
    state = await conversations.load_within(connection, f"sms:{number}")
    chosen = state.get("language") if state is not None else None
    return next((language for language in LANGUAGES if language == chosen), None)


async def language_of(conversations: SqlConversations, connection: AsyncConnection, number: str) -> Language:
    """The chosen language; Chinese until then."""
    return await chosen_language(conversations, connection, number) or "zh"


def alert_wording(conversations: SqlConversations, *, signatures: Mapping[Language, str]) -> Wording:
    """The words of alerts: their own templates, the filters of every medium, and the operator's signature."""
    environments = {language: _alert_environment(language) for language in LANGUAGES}

    def render(template: str, language: Language, facts: Mapping[str, Any]) -> str:
        environment = environments[language]
        signature = signatures[language]
        return environment.get_template(f"{template}.{language}.txt").render(facts, signature=signature).strip()

    return Wording(render=render, language_of=partial(language_of, conversations))


def _alert_environment(language: Language) -> Environment:
    environment = text_environment(FOLDER, language)
    minutes, messages = ("分钟", "条") if language == "zh" else (" min", " messages")

    def share(left: int, total: int, usage_type: str) -> tuple[str, str, str]:
        """Used, left and total as they are shown: what is left is cut off, and the first two add up to the third."""
        if usage_type == "data":
            used, rest, whole = share_volume(left, total)
            return str(used), str(rest), str(whole)
        unit, size = (minutes, 60) if usage_type == "voice" else (messages, 1)
        return f"{total // size - left // size}{unit}", f"{left // size}{unit}", f"{total // size}{unit}"

    environment.filters["share"] = share
    return environment
