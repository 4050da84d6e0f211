"""Shapes of co-funding.

Programs send whole fen; forms send yuan as people write them (``12,345.60``) under the same
field names.
"""
