"""The tables of the case room."""
