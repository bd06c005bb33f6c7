"""Which of the graph's ways to prove more can be gone on the telephone?"""

import re
from collections.abc import Sequence

from channels.ivr.call import Call
from graphql_schema.assurance import Factor

_MOBILE = re.compile(r"(?:86)?1[3-9][0-9]{9}")
_BY_KEYS = (Factor.PASSWORD.name, Factor.CODE.name)


def gets_texts(number: str) -> bool:
    """Whether a code can be texted to it: a mobile number of mainland China."""
    return _MOBILE.fullmatch(number) is not None


def may_text(call: Call) -> bool:
    """Whether what this call is told can be sent to the line that was proven: only to a mobile one."""
    return call.texting and call.caller is not None and gets_texts(call.caller.number or "")


def ways_of_a_stranger(number: str) -> tuple[str, ...]:
    """What proves a number that was keyed in."""
    return _BY_KEYS if gets_texts(number) else _BY_KEYS[:1]


def find_ways_by_keys(ways: Sequence[Sequence[str]], number: str) -> tuple[str, ...]:
    """The factors that may be proved next, of alternatives each of which is all that is still to be proved.

    No alternative that needs a passkey can be gone in a call, nor one that needs a code where none arrives; without any
    alternative left it is empty.
    """
    usable = ways_of_a_stranger(number)
    open_ways = [way for way in ways if way and set(way) <= set(usable)]
    return tuple(factor for factor in usable if any(factor in way for way in open_ways))


def ask_for_proof(call: Call, ways: Sequence[Sequence[str]], *, lead: str | None = None) -> Call:
    """The call at the question for a proof; what is ``wanted`` or to be done waits. Where nothing that can be keyed in
    would do, the caller is told so in the menu."""
    factors = find_ways_by_keys(ways, call.line_number)
    if not factors:
        return call.lets_go().goes_to("main", lead="no_way_by_keys")
    place = "password" if Factor.PASSWORD.name in factors else "send_code"
    return call.goes_to(place, ways=factors, challenge="", lead=lead)
