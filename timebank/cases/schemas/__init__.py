"""Shapes of what comes in and goes out, for JSON and for forms alike."""
