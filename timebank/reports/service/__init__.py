"""What reports hands out as files."""
