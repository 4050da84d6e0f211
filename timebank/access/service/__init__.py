"""The verbs of access: accounts and roles, logging in and out, tokens."""
