"""Outreach: visits and the people who are looked after."""
