"""What counts, what fits and which way things go: pure values, by subject."""
