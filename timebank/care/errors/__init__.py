"""One class per rule that can be broken."""
