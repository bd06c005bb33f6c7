"""How does a name from the catalogue come in both languages?"""

from graphql_schema.types.word import word


@word
class LocalizedText:
    """A name as the operator's catalogue gives it: data, not wording of ours. ``en`` is ``zh`` if there is none."""

    zh: str
    en: str
