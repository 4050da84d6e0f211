"""What the hall refuses, and what the person may do instead."""
