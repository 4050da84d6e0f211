"""Rules of opinions, meetings and decisions: tables of states, the arithmetic of a quorum."""
