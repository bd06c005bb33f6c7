"""Is it really the operator who called?"""

import strawberry

from graphql_schema.context import Context
from graphql_schema.problems import BadArgument
from graphql_schema.types.contact import ContactCheck

CODE_CHARACTERS_MOST = 16
NUMBER_CHARACTERS_MOST = 64


@strawberry.type
class ContactQuestion:
    """A check that anybody can make."""

    @strawberry.field
    async def contact(
        self, info: strawberry.Info[Context, None], code: str, number: str | None = None
    ) -> ContactCheck | None:
        """Judges the code that somebody on the phone or at the door named. A visitor says for which ``number``."""
        for name, text, most in (("code", code, CODE_CHARACTERS_MOST), ("number", number, NUMBER_CHARACTERS_MOST)):
            if len(text or "") > most:
                raise BadArgument(name=name, most=most)
        return await info.context.identity.contacts.check(info.context.caller, code, number)
