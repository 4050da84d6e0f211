"""What holds for visits and key people, without a database."""
