"""The ledger's verbs, by what they act on."""
