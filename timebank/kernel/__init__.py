"""What every room stands on: errors, clock, database, ids, units, actor, paging, sealed fields.

The kernel knows no room and no Flask, except Flask-SQLAlchemy in ``db``.
"""
