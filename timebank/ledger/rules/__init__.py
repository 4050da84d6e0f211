"""The ledger's values and pure rules, by what they judge."""
