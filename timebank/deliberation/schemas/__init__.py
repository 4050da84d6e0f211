"""Shapes of opinions, meetings and decisions."""
