"""Sums across the rooms, read and never written: what today asks for, and what everybody may know.

Nouns: figures (all sums of a community at one moment), urgent thing, disclosure (what is public).
Verbs: none; each role's way to its first page stands here too.
"""
