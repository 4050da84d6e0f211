"""The neighbouring community of the demo, and the minutes that pass between the two."""

from datetime import date, timedelta
from functools import partial
from itertools import count

from sqlalchemy.orm import Session

from timebank.access.rules import Role
from timebank.care.rules.desk import Wanted
from timebank.care.service import visitors
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.lakeside import (
    found_lakeside,
    id_number,
    open_account,
    write_people,
)
from timebank.cli.demo.timeline import Timeline, moment
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import clearing as clearing_queries
from timebank.volunteering.queries import clearing_sheets as sheet_queries
from timebank.volunteering.queries import clearing_transfers, limits, passbook
from timebank.volunteering.rules.clearing import OnBehalf
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.service import (
    clearing,
    clearing_deciding,
    clearing_sending,
    clearing_settling,
    clearing_sheets,
    proofs,
    records,
    review,
)

LIMIT_MINUTES = 3000
WORK = (
    ("companionship", "陪着下楼晒太阳，聊了聊孩子", 90),
    ("meal", "帮着分餐、送饭上门", 120),
    ("errand", "代买药和米面", 60),
)


class NeighboursOfTheYear:
    """Plans how the two communities agree, and what passes between them since."""

    def __init__(self, cast: Cast, timeline: Timeline, service_ids: dict[str, int]) -> None:
        """Plan for this cast; ``service_ids`` are services of our counters by name."""
        self.cast, self.timeline, self.service_ids = cast, timeline, service_ids
        self._slips = count(1)

    def plan(self, *, last: date) -> None:
        """Found the neighbour half a year ago; let minutes pass since, and sign month by month."""
        began = last - timedelta(days=170)
        self.timeline.add(moment(began, 9), partial(self._found, last=last))

    def _found(self, session: Session, *, last: date) -> None:
        """Found the community, and plan what follows."""
        began = last - timedelta(days=170)
        self.there = found_lakeside(session)
        for number, person in enumerate(self.cast.members[:2]):
            self._register_twice(session, number, person)
        for week in range(22):
            day = began + timedelta(days=3 + week * 7)
            self.timeline.add(moment(day, 17), partial(self._serve, day=day, week=week))
        self.timeline.add(moment(began + timedelta(days=20), 10), self._propose)
        self.timeline.add(moment(began + timedelta(days=22), 15), self._sign)
        for days, minutes in ((48, 90), (83, 60), (121, 60)):
            day = began + timedelta(days=days)
            self.timeline.add(moment(day, 11), partial(self._send_own, minutes=minutes))
        for days in (36, 64, 99, 132, 158):
            day = began + timedelta(days=days)
            self.timeline.add(moment(day, 11, 40), self._lunch_here)
        for days in (57, 111):
            self.timeline.add(moment(began + timedelta(days=days), 12), self._lunch_there)
        self.timeline.add(moment(last - timedelta(days=1), 14), self._send_back)
        self.timeline.add(moment(last - timedelta(days=1), 15), self._assist)
        self._plan_sheets(began, last)

    def _plan_sheets(self, began: date, last: date) -> None:
        """Make and sign the sheet of each month when it is over; the last one waits for a side."""
        first = last.replace(day=1)
        months = []
        while first > began + timedelta(days=40):
            months.append(first)
            first = (first - timedelta(days=1)).replace(day=1)
        for number, day in enumerate(months):
            self.timeline.add(moment(day, 6), partial(self._make_sheets, is_last=number == 0))

    def _register_twice(self, session: Session, number: int, member: Actor) -> None:
        """Register one of our volunteers there too: the same human by the identity card."""
        person = community_queries.person(
            session, community_id=self.cast.community_id, person_id=member.person_id or 0
        )
        details = community_queries.own_details(
            session, community_id=self.cast.community_id, person_id=person.id
        )
        card = id_number(person, number)
        for community_id, door, card_no in (
            (self.cast.community_id, (person.place_label, details.room_no or ""), person.card_no),
            (self.there.community_id, ("2号楼 1单元", f"{number + 5}01"), ""),
        ):
            write_people(session, community_id, [(person, door, card, card_no or "")])
        again = community_queries.search_persons(
            session,
            community_id=self.there.community_id,
            text=person.name,
            reach=self.there.admin.reach("person.search"),
        )[0]
        self.there.members.append(
            open_account(
                session, self.there.community_id, f"longhu{number + 2}", again, Role.VOLUNTEER
            )
        )

    def _serve(self, session: Session, *, day: date, week: int) -> None:
        """Somebody there helps an old neighbour; the slip is entered and approved next day."""
        code, notes, minutes = WORK[week % len(WORK)]
        kinds = {one.code: one.id for one in limits.kinds(session, self.there.community_id)}
        helpers = [self.there.people[0].id, self.there.members[-1].person_id or 0]
        began = moment(day, 9, 15)
        facts = ServiceFacts(
            kind_id=kinds.get(code) or next(iter(kinds.values())),
            started_at=began,
            ended_at=began + timedelta(minutes=minutes),
            recipient_id=self.there.people[1 + week % 2].id,
            micro_grid_id=self.there.people[1 + week % 2].micro_grid_id,
            notes=notes,
        )
        record_id = records.record_service(
            session, actor=self.there.manager, facts=facts, volunteer_id=helpers[week % 2]
        )
        proofs.confirm_by_slip(
            session,
            actor=self.there.manager,
            record_id=record_id,
            slip_number=f"L{next(self._slips):05d}",
        )
        review.approve_service(session, actor=self.there.admin, record_id=record_id, key=new_id())

    def _propose(self, session: Session) -> None:
        """Our administrator proposes, and signs for us."""
        clearing.propose_terms(
            session,
            actor=self.cast.admin,
            other_id=self.there.community_id,
            we_may_owe_minutes=LIMIT_MINUTES,
            they_may_owe_minutes=LIMIT_MINUTES,
            is_automatic=False,
            from_on=clock.today() + timedelta(days=3),
        )

    def _sign(self, session: Session) -> None:
        """Theirs signs two days later."""
        (pair,) = clearing_queries.pairs(session, self.there.community_id)
        if pair.proposal is not None:
            clearing.sign_terms(session, actor=self.there.admin, terms_id=pair.proposal.id)
        self.there.pair_id = pair.id

    def _send_own(self, session: Session, *, minutes: int) -> None:
        """A volunteer who has moved sends minutes along; the manager there accepts them."""
        member = self.cast.members[0]
        if self._available(session, member) < minutes:
            return
        places = clearing_transfers.destinations(
            session, community_id=member.community_id, person_id=member.person_id
        )
        transfer_id = clearing_sending.send(
            session, actor=member, key=new_id(), to_person_id=places[0].person_id, minutes=minutes
        )
        clearing_deciding.accept(session, actor=self.there.manager, transfer_id=transfer_id)

    def _lunch_here(self, session: Session) -> None:
        """孟庆华 comes to have lunch at our canteen."""
        code = self._code(session, self.there.members[0], self.cast.community_id)
        if code:
            visitors.serve_visitor(
                session,
                actor=self.cast.canteen_counter,
                centre_id=self.cast.canteen_id,
                code=code,
                wanted=[Wanted(self.service_ids["午餐"], 1)],
            )

    def _lunch_there(self, session: Session) -> None:
        """One of ours has lunch at theirs."""
        code = self._code(session, self.cast.members[2], self.there.community_id)
        if code:
            visitors.serve_visitor(
                session,
                actor=self.there.manager,
                centre_id=self.there.canteen_id,
                code=code,
                wanted=[Wanted(self.there.lunch_id, 1)],
            )

    def _code(self, session: Session, member: Actor, community_id: int) -> str:
        """Set an hour aside for the other community and return its code; empty when there is none."""
        if self._available(session, member) < 60:
            return ""
        transfer_id = clearing_sending.take_along(
            session, actor=member, key=new_id(), community_id=community_id, minutes=60
        )
        return clearing_transfers.transfer(
            session,
            community_id=member.community_id,
            transfer_id=transfer_id,
            person_id=member.person_id,
        ).code

    def _send_back(self, session: Session) -> None:
        """One who helps in both communities asks for the minutes to come here; it waits."""
        member = self.there.members[-1]
        minutes = min(self._available(session, member), 180)
        places = clearing_transfers.destinations(
            session, community_id=member.community_id, person_id=member.person_id
        )
        if minutes and places:
            clearing_sending.send(
                session,
                actor=member,
                key=new_id(),
                to_person_id=places[0].person_id,
                minutes=minutes,
            )

    def _assist(self, session: Session) -> None:
        """Somebody without a phone gets a code for a lunch there on paper, by a signed slip."""
        for person in self.cast.volunteers[len(self.cast.members) :]:
            have = passbook.balance(
                session, community_id=self.cast.community_id, person_id=person.id
            )
            if have.available >= 60:
                clearing_sending.take_along(
                    session,
                    actor=self.cast.counter,
                    key=new_id(),
                    community_id=self.there.community_id,
                    minutes=60,
                    behalf=OnBehalf(person.id, "T00001"),
                )
                return

    def _make_sheets(self, session: Session, *, is_last: bool) -> None:
        """Make the sheets that are due; both sign, but of the last one only theirs."""
        clearing_sheets.make_sheets(session, {})
        found = sheet_queries.sheets(
            session, community_id=self.there.community_id, pair_id=self.there.pair_id
        )
        for sheet in found:
            if not sheet.ours:
                clearing_sheets.sign_sheet(session, actor=self.there.admin, sheet_id=sheet.id)
            if not sheet.theirs and not is_last:
                clearing_sheets.sign_sheet(session, actor=self.cast.admin, sheet_id=sheet.id)
        if is_last and len(found) > 1 and abs(found[1].closing_minutes) >= 60:
            clearing_settling.propose_settlement(
                session,
                actor=self.there.admin,
                sheet_id=found[1].id,
                minutes=60,
                how="重阳节来九龙演出一场，两位老师各半小时",
            )

    def _available(self, session: Session, member: Actor) -> int:
        """Return what a member can use now."""
        return passbook.balance(
            session, community_id=member.community_id, person_id=member.person_id
        ).available
