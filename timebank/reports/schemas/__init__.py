"""Shapes of the figures."""
