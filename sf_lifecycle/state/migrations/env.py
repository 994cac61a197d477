"""Run by Alembic, on a connection and in a transaction that state has opened."""

from __future__ import annotations

from alembic import context

from sf_lifecycle.state.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
