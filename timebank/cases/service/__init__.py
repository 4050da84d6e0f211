"""The verbs of the case room: ``intake`` begins a case, ``steps`` carries it on."""
