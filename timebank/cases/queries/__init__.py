"""Reads of cases: ``lists``, ``details`` with the history, ``linked`` things, ``verify``."""
