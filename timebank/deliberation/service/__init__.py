"""Verbs: opinions, planning and holding meetings, minutes, following decisions up."""
