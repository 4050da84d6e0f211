"""What the application's role may do to each table on PostgreSQL, where it owns none.

A table says it itself: ``__table_args__ = {"info": {"grants": "SELECT, INSERT"}}``; one that says
nothing may be read and written.
"""

from sqlalchemy import Connection, MetaData, text

APP_ROLE = "timebank_app"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"


def grant_all(connection: Connection, metadata: MetaData, *, role: str = APP_ROLE) -> None:
    """Give the application's role exactly what each table of the metadata says."""
    quote = connection.dialect.identifier_preparer.quote
    database = quote(connection.scalar(text("SELECT current_database()")))
    # Whoever may make tables or functions could put them where ours are looked for.
    connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    connection.execute(text(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quote(role)}"))
    for table in metadata.sorted_tables:
        name, grants = quote(table.name), table.info.get("grants", EVERYTHING)
        connection.execute(text(f"REVOKE ALL ON {name} FROM {quote(role)}"))
        connection.execute(text(f"GRANT {grants} ON {name} TO {quote(role)}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quote(role)}"))
