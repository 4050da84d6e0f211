"""The pages of reports: the way to one's first page, today, and the figures."""
