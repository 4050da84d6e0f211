"""The pages of care: the counter, cards, the catalogue, and what residents see."""
