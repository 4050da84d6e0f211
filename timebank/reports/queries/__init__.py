"""Reads across rooms: counts of one room each, figures for the staff, disclosure for everybody."""
