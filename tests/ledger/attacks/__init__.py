"""Attacks on the books by raw SQL: the database refuses them, and not one figure moves."""
