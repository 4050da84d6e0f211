"""Pure rules of the bank: how what banks write is read, and when it is believed."""
