"""Elder care: what saved minutes are redeemed for, and the counter where it happens.

Nouns: centre, service (an item of its catalogue), price (versioned), card (member card with PIN),
code (one-time, six digits), booking (holds minutes), redemption (with lines and a slip).
Verbs: open_card, replace_card, set_pin, make_code; add_centre, add_service, change_service,
set_price; book, cancel_booking, mark_no_show; redeem, redeem_booking, undo_redemption.
"""
