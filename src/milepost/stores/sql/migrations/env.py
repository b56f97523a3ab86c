"""How Alembic reaches the store: by the connection, and inside the transaction, that `version.upgrade` hands it."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
