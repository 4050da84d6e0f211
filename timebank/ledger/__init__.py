"""The double-entry ledger of hours and money: what is written here stays, and always balances.

Nouns: book (whose value it is), account (bounded: never below its floor; or open), transfer (one
debit account, one credit account, one positive amount), entry (one event: a sealed header over its
transfers), hold (an amount set aside, resolved exactly once), balance (posted, held, available).
Verbs: ensure a book or an account, post one or many, hold, capture, release, expire, reverse;
verify re-derives everything and names the row that disagrees.
"""
