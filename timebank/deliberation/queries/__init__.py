"""Reads: opinions, meetings, decisions."""
