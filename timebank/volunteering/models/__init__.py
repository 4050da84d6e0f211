"""The tables of the time bank: kinds of service, policies, records."""
