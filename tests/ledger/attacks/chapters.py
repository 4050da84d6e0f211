"""The chapters of the book of attacks, by title."""

from tests.ledger.attacks import carried, closing, entries, reversals, roles, sealed, softened

ALL = {
    "Entries and their lines": entries.chapter,
    "Reversals and holds": reversals.chapter,
    "What is sealed and what is derived": sealed.chapter,
    "Vouchers, periods and blocks": closing.chapter,
    "What is carried and what is frozen": carried.chapter,
    "The application's role on PostgreSQL": roles.chapter,
    "SQLite's own ways": softened.chapter,
}
