"""Which modules of this room keep rows? One import a module, so that the one metadata knows every table."""

import ordering.auto_tables
import ordering.change_tables
import ordering.money_tables
import ordering.reconciliation_tables
import ordering.transfer_tables
from ordering.tables import metadata

__all__ = ["metadata", "ordering"]
