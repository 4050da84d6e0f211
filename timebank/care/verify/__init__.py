"""The proof of care: what is promised, served, settled and paid follows from what lies beneath."""
