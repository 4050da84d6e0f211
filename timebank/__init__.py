"""Timebank: a community's volunteer hours, three-party projects and case ledger."""
