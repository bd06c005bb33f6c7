"""How long is what kept, and why so long?

The table of docs/operate/personal-data.md in code; a test compares them. Rows that live for hours are forgotten by the
parts that keep them (see that page).
"""

from datetime import timedelta

from gateway.identity.consent.retention import KEEP as CONSENTS

AUDIT = timedelta(days=3 * 365)
"""The law asks for six months (网络安全法 第二十一条); a dispute can go to court for three years (民法典 188)."""

RECHARGES = timedelta(days=3 * 365)
"""What was paid, credited, given back or given away can be shown as long as a claim can go to court (民法典 188)."""

REWARDS = timedelta(days=3 * 365)
"""What was redeemed, and by whose invitation somebody came, can be shown as long as a claim can go to court (民法典
188)."""

DELIVERIES = timedelta(days=90)
"""Names and addresses of goods: longer than they are on their way or can be given back."""

NOTICES = timedelta(days=30)
"""Longer than any provider goes on telling of one payment: until then it is known that it told."""

REQUESTS = timedelta(days=183)
"""That a request was answered can be shown for half a year."""

EXPORTS = timedelta(hours=24)
"""A copy of everything lies about no longer than it takes to fetch it."""

ALERTS = timedelta(days=365)
"""What was said of one's usage can be looked up for a year, as bills are."""

USAGE = timedelta(days=35)
"""A cycle and some days: until then an event that is told again is recognised, and a threshold is said once."""

CONTACTS = timedelta(days=180)
"""The period of gateway.identity.contact."""

PEOPLE = timedelta(days=180)
"""Links and leaves to help, after they ended: as long as a consent, and some."""

PROMISES = timedelta(days=3 * 365)
"""What a line was promised can be shown for as long after its term as a claim can go to court (民法典 188)."""

CHANGES = timedelta(days=183)
"""Question and answer of what charges repeatedly are shown for at least five months (rule of 2004), and some."""

TEXTS = timedelta(days=30)
"""The period of notifications.sms_queue."""

__all__ = [
    "ALERTS",
    "AUDIT",
    "CHANGES",
    "CONSENTS",
    "CONTACTS",
    "DELIVERIES",
    "EXPORTS",
    "NOTICES",
    "PEOPLE",
    "PROMISES",
    "RECHARGES",
    "REQUESTS",
    "REWARDS",
    "TEXTS",
    "USAGE",
]
