"""Tests of co-funding."""
