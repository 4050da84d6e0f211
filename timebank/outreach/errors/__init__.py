"""What may be refused, in the words that people read."""
