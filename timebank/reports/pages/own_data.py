"""A member's own data as a whole: what is in it, and the copy to take home."""

from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.reports.pages.frame import bp
from timebank.reports.queries import own_data as queries
from timebank.reports.service import own_data as verbs
from timebank.reports.service.own_data import Words
from timebank.web.doors import current_actor, needs, reads, returns_to, writes


@bp.get("/me/data")
@needs("profile.read")
@reads
def own_data(session: Session) -> ResponseReturnValue:
    """Show what a copy of one's own data holds, and when it was taken last."""
    person_id = current_actor().person_id
    last_on = None if person_id is None else queries.last_copy_on(session, person_id)
    return render_template(
        "reports/own_data.html",
        has_data=person_id is not None,
        last_on=last_on,
        is_taken=last_on == clock.today(),
    )


@bp.post("/me/data")
@needs("profile.read")
@returns_to(own_data)
@writes(keeps_answer=False)
def take_own_data(session: Session) -> ResponseReturnValue:
    """Hand over a copy of everything that is kept about oneself."""
    words = Words(
        file_name=f"{_('往来明细')}.csv",
        heads=[_("日子"), _("能怎么用"), _("什么事"), _("分钟"), _("办完以后还有")],
        restrictions={"own": _("自己能用"), "donation": _("只能捐")},
    )
    content = verbs.take_copy(session, actor=current_actor(), words=words)
    name = f"{_('我的资料')} {clock.today():%Y-%m-%d}.zip"
    return send_file(
        BytesIO(content), mimetype="application/zip", as_attachment=True, download_name=name
    )
