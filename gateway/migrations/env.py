"""What does Alembic run on? On the connection and in the transaction of whoever called it."""

from alembic import context

from gateway.migrations.tables import EVERY_METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=list(EVERY_METADATA),
    render_as_batch=True,  # SQLite can't alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
