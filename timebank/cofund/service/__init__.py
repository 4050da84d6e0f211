"""The verbs of co-funding.

A project's life stands in ``projects``, the agreement in ``agreements``, money in ``money``.
"""
