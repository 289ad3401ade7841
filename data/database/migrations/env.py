"""Run a store's migrations on the connection that `data.database.engines.upgrade` hands over."""

from alembic import context
from geoalchemy2 import alembic_helpers

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    render_as_batch=config.attributes["connection"].dialect.name == "sqlite",
    include_object=alembic_helpers.include_object,
)
with context.begin_transaction():
    context.run_migrations()
