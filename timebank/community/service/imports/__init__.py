"""Lists from files: read safely, compared with what is known, shown, and written when confirmed."""
