"""Which modules of identity keep rows? One import a module, so that the one metadata knows every table."""

import gateway.idempotency
import gateway.identity.audit.entry
from gateway.identity.tables import metadata

__all__ = ["gateway", "metadata"]
