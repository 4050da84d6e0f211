"""The verbs of telling people."""
