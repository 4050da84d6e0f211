"""What can be refused about cases and their promises; each docstring is the message."""
