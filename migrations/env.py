"""Runs the migrations on the engine that the caller hands over, or on the application's."""

from alembic import context
from flask import current_app

from timebank.kernel.db import db


def _engine():
    given = context.config.attributes.get("engine")
    return given if given is not None else current_app.extensions["migrate"].db.engine


with _engine().connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
