"""The verbs of the bank: accounts opened; statements staged, laid out, booked or discarded."""
