"""Alembic's environment: runs on the connection that `shared.migrations` gives it."""

from alembic import context

from shared.migrations import only_tables_of

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["target_metadata"],
    include_name=only_tables_of(attributes["target_metadata"]),
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
