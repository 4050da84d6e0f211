"""The main jobs from end to end, walked through the pages as people walk them."""
