"""The tables of outreach."""
