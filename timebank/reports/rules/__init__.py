"""What the figures mean: rules, all pure."""
