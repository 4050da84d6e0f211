"""The ledger's tables, and the triggers that refuse wrong books on either engine."""
