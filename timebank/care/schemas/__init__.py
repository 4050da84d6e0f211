"""Shapes of care: what comes to the desk and goes from it, and visits from elsewhere."""
