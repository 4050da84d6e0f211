"""Drills over HTTP against a real server: races, storms, sudden ends."""
