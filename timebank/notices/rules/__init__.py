"""What a notice is, and the numbers that bound telling and delivering."""
