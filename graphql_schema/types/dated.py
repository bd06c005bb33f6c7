"""As of which moment is a fact true?"""

from datetime import datetime

from graphql_schema.types.word import word_interface


@word_interface
class Dated:
    """A fact with its moment: the instant of the BSS's counters, and whether it is the last known one because the BSS
    did not answer."""

    as_of: datetime
    stale: bool
