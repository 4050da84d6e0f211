"""What a member's minutes can do now, where and from when; and what to do before they cannot."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import catalogue
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import advice, own_rules, passbook, pools
from timebank.volunteering.rules.gifts import ONE_TAP_MINUTES
from timebank.web.doors import current_actor, needs, reads


@bp.get("/me/options")
@needs("care.read")
@reads
def my_options(session: Session) -> ResponseReturnValue:
    """Show what one's minutes can do."""
    actor = current_actor()
    if actor.person_id is None:
        return render_template("care/options.html", mine=None)
    return render_template(
        "care/options.html", **_options(session, actor, person_id=actor.person_id)
    )


def _options(session: Session, actor: Actor, *, person_id: int) -> dict[str, object]:
    """Return what can be had now, what opens later, and what should be done."""
    community_id = actor.community_id
    mine = own_rules.my_rules(session, community_id=community_id, person_id=person_id)
    services = catalogue.services(session, community_id=community_id, day=clock.today())
    balance = passbook.balance(session, community_id=community_id, person_id=person_id)
    priced = [one for one in services if one.minutes and not one.is_switched_off]
    return {
        "mine": mine,
        "balance": balance,
        "tips": advice.my_tips(session, community_id=community_id, person_id=person_id, mine=mine),
        "centres": catalogue.centres(session, community_id),
        "affordable": [one for one in priced if one.affordable(balance.available)],
        "nearest": sorted(
            (one for one in priced if not one.affordable(balance.available)),
            key=lambda one: one.minutes or 0,
        )[:3],
        "pool": next(iter(pools.pools(session, community_id, only_open=True)), None),
        "one_tap": ONE_TAP_MINUTES,
    }
