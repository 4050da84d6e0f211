"""What can be refused in the time bank, by subject."""
