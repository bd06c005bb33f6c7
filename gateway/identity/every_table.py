"""Which modules of identity keep rows? One import a module, so that the one metadata knows every table."""

import gateway.idempotency
import gateway.identity.audit.entry
import gateway.identity.audit.seal_rows
import gateway.identity.consent.tables
import gateway.identity.contact.tables
import gateway.identity.job_claim
import gateway.identity.oauth.tables
import gateway.identity.passkey.tables
import gateway.identity.people.tables
import gateway.identity.personal_data.tables
import gateway.identity.record_lock
import gateway.identity.staff.tables
from gateway.identity.tables import metadata

__all__ = ["gateway", "metadata"]
