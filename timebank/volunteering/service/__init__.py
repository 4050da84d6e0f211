"""The verbs of hours: books (set up), records (tell), proofs (confirm), review (decide)."""
