"""Tests of the programs' face as a whole: its description, and the service held against it."""
