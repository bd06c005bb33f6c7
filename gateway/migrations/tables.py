"""Which tables does the whole house keep?"""

from sqlalchemy import MetaData

from gateway.conversations import metadata as conversations
from gateway.identity.audit.append_only import AppendOnly, guard_on_creation
from gateway.identity.every_table import metadata as identity
from loyalty.every_table import metadata as loyalty
from loyalty.points_tables import points_posting
from loyalty.reward_tables import reward_item_change
from notifications.alert_tables import alert  # the file that completes this room's tables
from ordering.every_table import metadata as ordering
from ordering.money_tables import money_movement
from statements.tables import metadata as statements

EVERY_METADATA: tuple[MetaData, ...] = (identity, conversations, alert.metadata, ordering, loyalty, statements)
"""Each room owns its tables, and no foreign key leads from one room to another."""

for ledger in (money_movement, points_posting, reward_item_change):  # nobody rewrites these, and nobody forgets them
    guard_on_creation(ledger, AppendOnly(ledger.name))
