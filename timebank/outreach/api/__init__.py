"""Outreach for programs."""
