"""Shapes of outreach, for JSON and forms alike."""
