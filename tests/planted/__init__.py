"""Planted bugs: small patches that break one promise each, and the test that must notice."""
