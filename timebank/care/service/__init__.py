"""The verbs of care: catalogue, cards, bookings, redemptions."""
