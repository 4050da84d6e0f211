"""Reads of hours: records, limits (what a new record must fit into), the passbook."""
