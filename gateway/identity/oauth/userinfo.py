"""Who is the person, as far as this client may know?"""

import phonenumbers

from gateway.identity.number import REGION
from gateway.identity.oauth.grant import Grant


def describe_person(grant: Grant) -> dict[str, object]:
    """The claims of OpenID Connect Core §5.1 that the scopes open: ``phone`` the line's number (E.164), which is
    verified by what it is."""
    claims: dict[str, object] = {"sub": grant.subject}
    number = grant.session.caller.number
    if "phone" in grant.scopes and number:
        claims |= {"phone_number": _to_e164(number), "phone_number_verified": True}
    return claims


def _to_e164(number: str) -> str:
    """A broadband account has no number in E.164 and stays what it is."""
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
