"""To which addresses of the hall can a form be sent?"""

from channels.web_hall.routes import DEEDS, OPEN, OWN, OWNERS

_NAMED = {
    "line_id": "L5", "bill_id": "B202610", "prepared_id": "C1", "order_id": "O-2026-1", "receipt": "a-receipt",
    "code": "BWB", "grant_id": "G1",
}  # fmt: skip
OWNERS_FORMS = (
    *(path.format(**_NAMED) for path, (_, deed) in OWNERS.items() if deed),
    "/records",
)
FORMS = (
    *(path.format(**_NAMED) for path, (_, deed) in (OPEN | OWN | OWNERS).items() if deed),
    *DEEDS,
    "/records",
    "/passkeys/begin",
    "/security/passkeys",
    "/security/passkeys/P2",
    "/lines/switch",
    "/oauth/authorize",
)
"""The last five are there where their part of identity is."""
