"""What can be refused in the time bank, by subject; each docstring is the message to the person."""
