"""Calendar entries, read back by two libraries that know nothing of us; and how they travel."""

from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.mail.invitations import calendar_parts, invitation
from services.notifications.models import Activity, CalendarCopy
from services.notifications.rules.calendars import Change, calendar_change
from tests.notifications.cast import ASA, NOW, ONLINE, VISIT, activity, changed, hear, ident, project, received, seat
from tests.notifications.writing import part, queued, written

ORGANISER = Address("Träffpunkt", addr_spec="anmalan@traffpunkt.example")
PAGE = "http://127.0.0.1:8000/aktivitet/1"


def happening(**changes: Any) -> Activity:
    event = activity(**changes)
    columns = [column.name for column in Activity.__table__.columns if column.name != "id"]
    return Activity(id=event.activity_id, **{name: getattr(event, name) for name in columns})


def ics(change: Change | None = None, of: Activity | None = None, **changes: Any) -> bytes:
    of = of or happening()
    change = change or calendar_change(has_seat=True, person_id=ASA.person_id, activity=of, told=None)
    assert change is not None
    facts: dict[str, Any] = {
        "name": "Åsa Lind",
        "address": ASA.email,
        "organiser": ORGANISER,
        "page": PAGE,
        "online": False,
        "at": NOW,
    }
    return invitation(change, of, **facts | changes)


def told(change: Change) -> CalendarCopy:
    return CalendarCopy(uid=change.uid, method=change.method, sequence=change.sequence, fingerprint=change.fingerprint)


def event_of(content: bytes) -> Any:
    [event] = Calendar.from_ical(content.decode()).walk("VEVENT")
    return event


class TestObject:
    def test_two_libraries_read_the_same(self) -> None:
        content = ics()
        calendar = Calendar.from_ical(content.decode())
        assert calendar["METHOD"] == "REQUEST"
        event = event_of(content)
        assert event["SUMMARY"] == "Hinder, målkonflikter – och innovativa lösningar"
        assert event["LOCATION"] == "Gävle konserthus, Kyrkogatan 1, Gävle"
        assert event["STATUS"] == "CONFIRMED"
        assert event["SEQUENCE"] == 0
        [other] = IcsCalendarStream.calendar_from_ics(content.decode()).events
        assert other.summary == event["SUMMARY"]
        assert other.uid == event["UID"]
        for start in (event.decoded("DTSTART"), other.dtstart):
            assert start == activity().starts_at
        for end in (event.decoded("DTEND"), other.dtend):
            assert end == activity().ends_at

    def test_what_outlook_google_and_apple_need(self) -> None:
        content = ics()
        event = event_of(content)
        assert str(event["ORGANIZER"]) == "mailto:anmalan@traffpunkt.example", "bare, and the same as From"
        assert str(event["ATTENDEE"]) == f"mailto:{ASA.email}", "one, and nobody else's address"
        assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
        assert event["ATTENDEE"].params["RSVP"] == "FALSE"
        assert event["DTSTART"].params["TZID"] == "Europe/Stockholm"
        assert b"BEGIN:VTIMEZONE" in content
        assert event.decoded("DTSTAMP") == NOW
        assert len(content) < 1600

    def test_lines_are_folded_and_end_as_they_should(self) -> None:
        content = ics(of=happening(title="Å" * 300))
        lines = content.split(b"\r\n")
        assert max(len(line) for line in lines) <= 75
        assert b"\n" not in content.replace(b"\r\n", b"")
        assert event_of(content)["SUMMARY"] == "Å" * 300
        for line in lines:
            line.decode()

    def test_the_timezone_is_right_in_summer_and_winter(self) -> None:
        for month, offset in ((1, 1), (7, 2)):
            starts = datetime(2027, month, 9, 8, 30, tzinfo=UTC)
            [event] = IcsCalendarStream.calendar_from_ics(ics(of=happening(starts_at=starts)).decode()).events
            assert event.dtstart == starts
            assert isinstance(event.dtstart, datetime)
            assert event.dtstart.utcoffset() == timedelta(hours=offset)

    def test_other_time_zones_are_written_in_utc(self) -> None:
        content = ics(of=happening(timezone="America/New_York"))
        assert b"DTSTART:20270609T073000Z" in content
        assert b"VTIMEZONE" not in content

    def test_a_digital_activity_has_its_link_and_others_do_not(self) -> None:
        online = happening(**ONLINE)
        event = event_of(ics(of=online, online=True))
        assert event["LOCATION"] == "https://mote.example/fordjupning?rum=8&kod=42"
        assert "mote.example" in event["DESCRIPTION"]
        assert b"mote.example" not in ics(of=online, online=False)

    def test_no_personal_link(self, session: Session) -> None:
        """People share calendars."""
        hear(session, project(), activity(), received())
        mail, _parts = written(session)
        assert "hemlig-nyckel" not in part(mail, "text/calendar").get_content()

    @given(st.text(max_size=200), st.text(max_size=80), st.text(max_size=200))
    def test_whatever_people_write(self, title: str, name: str, place: str) -> None:
        content = ics(of=happening(title=title, place=place), name=name)
        assert content.count(b"BEGIN:VEVENT") == content.count(b"ATTENDEE") == 1
        event = event_of(content)
        shown = "".join(c for c in title if c.isprintable() or c == "\n")
        assert str(event["SUMMARY"]) == shown.replace("\r\n", "\n")
        IcsCalendarStream.calendar_from_ics(content.decode())


class TestSequence:
    def test_request_update_cancel_and_request_again(self) -> None:
        person, first = ASA.person_id, happening(calendar_sequence=0)
        request = calendar_change(has_seat=True, person_id=person, activity=first, told=None)
        assert request is not None
        assert (request.method, request.sequence) == ("REQUEST", 0)
        assert calendar_change(has_seat=True, person_id=person, activity=first, told=told(request)) is None, "nothing new"
        retitled = happening(calendar_sequence=0, place="Digitalt")
        update = calendar_change(has_seat=True, person_id=person, activity=retitled, told=told(request))
        assert update is not None
        assert (update.method, update.sequence, update.uid) == ("REQUEST", 1, request.uid)
        moved = happening(calendar_sequence=7, starts_at=activity().starts_at + timedelta(days=1))
        update = calendar_change(has_seat=True, person_id=person, activity=moved, told=told(update))
        assert update is not None
        assert update.sequence == 7, "as the catalogue counts, when it is ahead"
        cancel = calendar_change(has_seat=False, person_id=person, activity=moved, told=told(update))
        assert cancel is not None
        assert (cancel.method, cancel.sequence, cancel.uid) == ("CANCEL", 8, request.uid)
        assert calendar_change(has_seat=False, person_id=person, activity=moved, told=told(cancel)) is None
        again = calendar_change(has_seat=True, person_id=person, activity=moved, told=told(cancel))
        assert again is not None
        assert (again.method, again.sequence, again.uid) == ("REQUEST", 9, request.uid)

    def test_nothing_is_cancelled_that_was_never_there(self) -> None:
        assert calendar_change(has_seat=False, person_id=ASA.person_id, activity=happening(), told=None) is None

    def test_two_people_have_an_entry_each(self) -> None:
        changes = [
            calendar_change(has_seat=True, person_id=ident(who), activity=happening(), told=None) for who in ("asa", "olle")
        ]
        assert len({change.uid for change in changes if change}) == 2

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 5)), max_size=12))
    def test_the_sequence_only_grows(self, steps: list[tuple[bool, int, int]]) -> None:
        last: CalendarCopy | None = None
        for has_seat, place, sequence in steps:
            now = happening(place=f"sal {place}", calendar_sequence=sequence)
            change = calendar_change(has_seat=has_seat, person_id=ASA.person_id, activity=now, told=last)
            if change is None:
                assert (last is not None and last.method == "REQUEST") == has_seat
                continue
            assert last is None or change.sequence > last.sequence
            assert last is None or change.uid == last.uid
            assert change.method == ("REQUEST" if has_seat else "CANCEL")
            last = told(change)


class TestMail:
    def test_shape(self, session: Session) -> None:
        hear(session, project(), activity(), received())
        mail, _parts = written(session)
        kinds = [p.get_content_type() for p in mail.walk()]
        assert kinds == [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "text/calendar",
            "application/ics",
        ]
        calendar = part(mail, "text/calendar")
        assert calendar["Content-Type"].params["method"] == "REQUEST"
        attached = part(mail, "application/ics")
        assert attached.get_filename() == "inbjudan.ics"
        assert attached.get_content() == calendar.get_content().encode().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert all(p["Content-Transfer-Encoding"] in {None, "quoted-printable", "base64"} for p in mail.walk())
        assert mail["From"].addresses[0].addr_spec == "anmalan@traffpunkt.example"

    def test_several_seats_have_a_file_each(self, session: Session) -> None:
        later = activity().starts_at + timedelta(days=7)
        hear(session, project(), activity(), activity("visit", **VISIT, starts_at=later), received(seat("visit"), seat()))
        mail, _parts = written(session)
        files = [p for p in mail.walk() if p.get_content_type() == "application/ics"]
        assert [p.get_filename() for p in files] == ["inbjudan-1.ics", "inbjudan-2.ics"]
        events = [event_of(p.get_content()) for p in files]
        assert [str(event["SUMMARY"]) for event in events] == [
            "Hinder, målkonflikter – och innovativa lösningar",
            "Med skogen som resurs",
        ]
        assert len({str(event["UID"]) for event in events}) == 2
        inline = event_of(part(mail, "text/calendar").get_content().encode())
        assert str(inline["UID"]) == str(events[0]["UID"]), "one UID an iTIP message: the first to come"

    def test_no_entries_no_parts(self) -> None:
        assert calendar_parts([]) == ([], [])


@pytest.fixture
def told_of_workshop(session: Session) -> None:
    """Åsa has the workshop in her calendar."""
    hear(session, project(), activity(), received())
    change = calendar_change(has_seat=True, person_id=ASA.person_id, activity=happening(), told=None)
    assert change is not None
    copy = told(change)
    copy.person_id, copy.activity_id, copy.message_id, copy.at = ASA.person_id, ident("workshop"), queued(session).id, NOW
    session.add(copy)
    session.flush()


@pytest.mark.usefixtures("told_of_workshop")
class TestReconciling:
    def test_a_cancellation_takes_it_out(self, session: Session) -> None:
        hear(session, changed("cancelled_by_person", seat(state="cancelled"), concerns=["workshop"]))
        mail, parts = written(session, "cancelled")
        calendar = part(mail, "text/calendar")
        assert calendar["Content-Type"].params["method"] == "CANCEL"
        event = event_of(calendar.get_content().encode())
        copy = session.scalars(select(CalendarCopy)).one()
        assert (event["STATUS"], event["SEQUENCE"], str(event["UID"])) == ("CANCELLED", 1, copy.uid)
        assert "tas bort ur din kalender" in parts.text
        assert part(mail, "application/ics").get_filename() == "avbokning.ics"

    def test_what_the_letter_is_about_comes_first(self, session: Session) -> None:
        """The confirmation of the visit, which begins earlier, never arrived: it is made good, but behind the cancellation."""
        earlier = activity().starts_at - timedelta(days=7)
        hear(session, activity("visit", **VISIT, starts_at=earlier))
        hear(session, changed("cancelled_by_person", seat(state="cancelled"), seat("visit"), concerns=["workshop"]))
        mail, parts = written(session, "cancelled")
        assert part(mail, "text/calendar")["Content-Type"].params["method"] == "CANCEL"
        files = [p.get_filename() for p in mail.walk() if p.get_content_type() == "application/ics"]
        assert files == ["avbokning-1.ics", "inbjudan-2.ics"]
        assert "Bilagorna uppdaterar din kalender" in parts.text

    def test_nothing_is_sent_twice(self, session: Session) -> None:
        mail, parts = written(session, "confirmation")
        assert [p for p in mail.walk() if p.get_content_type() == "text/calendar"] == []
        assert "alender" not in parts.text
