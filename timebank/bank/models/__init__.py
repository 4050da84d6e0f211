"""The bank's tables: accounts and their statements; what of a line is claimed."""
