"""Reads of messages, of how people want to be reached, and of what was sent."""
