"""The verbs of the community room: ``communities``, ``people``, ``roles``, ``imports``."""
