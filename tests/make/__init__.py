"""Builders of things for tests: plain functions, no magic."""
