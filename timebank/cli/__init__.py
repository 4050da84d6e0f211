"""The operator's face: set up, serve, look after, prove right.

Commands of the whole service; each room adds its own from ``<room>/cli.py``. Help is given in
Chinese and English side by side, exit codes are 0 (well), 1 (something is wrong), 2 (misused).
"""
