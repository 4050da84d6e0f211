"""The time bank for programs, by subject."""
