"""Messages for programs."""
