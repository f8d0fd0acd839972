"""Run by Alembic: brings the connection that `Store.migrate` gives to the newest version."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=context.config.attributes["metadata"],
                  render_as_batch=True)
context.run_migrations()
