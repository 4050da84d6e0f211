"""Tables of opinions and of meetings."""
