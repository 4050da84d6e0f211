"""The pages of the time bank, by subject."""
