"""Reads of care: catalogue, cards, bookings, redemptions, balances."""
