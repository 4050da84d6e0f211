"""Reads of the ledger, by what they ask for."""
