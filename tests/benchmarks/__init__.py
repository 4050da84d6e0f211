"""What the ledger costs, beside programs that do the same work with less care.

``make bench`` runs every pair: ours and a peer in turn in the same run, so that a noisy machine
is unkind to both. A module here that has ``def pairs(settings) -> Iterable[Pair]`` takes part
(``harness.Pair``); nothing has to be registered.
"""
