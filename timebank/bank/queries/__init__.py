"""Reads of the bank: accounts, statements and lines; claims."""
