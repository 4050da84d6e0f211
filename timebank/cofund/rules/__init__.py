"""Pure values and functions."""
