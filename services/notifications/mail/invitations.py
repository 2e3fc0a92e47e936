"""Calendar objects (RFC 5545) as mail clients take them by mail (RFC 6047).

What makes Outlook, Google and Apple update an entry in place instead of adding another: the same UID, a SEQUENCE that grows, an
ORGANIZER that is a bare address equal to From, the METHOD both in the object and in the part's Content-Type, a VTIMEZONE for the
TZID, and one attendee only: the reader, who has accepted already by registering. Personal links stay out: people share calendars.

The few lines are written by hand: it takes a tenth of the time of a library, and the tests read them back with two.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from functools import cache
from zoneinfo import ZoneInfo

from services.notifications.mail.mime import Part, file_part, text_part
from services.notifications.rules.calendars import Change, Happening
from shared.i18n import _

# Two rules instead of the 2.4 kB of dates that a generated one lists; right since 1996, when they became Europe's.
_CENTRAL_EUROPE = """\
BEGIN:VTIMEZONE
TZID:{zone}
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE"""
_ATTENDING = ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={};RSVP=FALSE"
_SAME_RULES = frozenset(f"Europe/{city}" for city in ("Stockholm", "Oslo", "Copenhagen", "Berlin", "Brussels", "Paris", "Vienna"))
"""Time zones that the two rules are true for. Times in any other are written in UTC."""


def invitation(
    change: Change, activity: Happening, *, name: str, address: str, organiser: Address, page: str, online: bool, at: datetime
) -> bytes:
    """One VCALENDAR with one VEVENT. `page`: the activity's public address; `online`: the reader takes part from afar."""
    cancelled = change.method == "CANCEL"
    joins = online and bool(activity.join_url) and not cancelled
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Traffpunkt//Traffpunkt//SV",
        "CALSCALE:GREGORIAN",
        f"METHOD:{change.method}",
    ]
    event = [
        "BEGIN:VEVENT",
        f"UID:{_text(change.uid)}",
        f"SEQUENCE:{change.sequence}",
        f"DTSTAMP:{_utc(at)}",
        f"DTSTART{_local(activity.starts_at, activity.timezone)}",
        f"DTEND{_local(activity.ends_at, activity.timezone)}",
        f"SUMMARY:{_text(activity.title)}",
        *_place(activity.join_url if joins else activity.place),
        f"DESCRIPTION:{_text(_description(activity, page, joins=joins))}",
        f"URL:{page}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        f"TRANSP:{'TRANSPARENT' if cancelled else 'OPAQUE'}",
        f"ORGANIZER{_name(organiser.display_name)}:mailto:{organiser.addr_spec}",
        f"ATTENDEE{_name(name)}{_ATTENDING.format('DECLINED' if cancelled else 'ACCEPTED')}:mailto:{address}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return _written(head) + _timezone(activity.timezone) + _written(event)


def calendar_parts(objects: Sequence[tuple[Change, bytes]]) -> tuple[list[Part], list[Part]]:
    """How the objects travel: the parts of the alternative, and the attachments.

    An iTIP message holds one UID (RFC 5546, 3.2.2), and clients act by themselves only on the one text/calendar part of the
    alternative: Outlook takes the first VEVENT of several and drops the rest, Google shows one card. So the first object stands
    in the alternative, where it is put into (or taken out of) the calendar without a click, and *every* object is attached as
    a file of its own, which each of the clients opens with its own METHOD and UID. Calendars that know an object already
    recognise it by UID and SEQUENCE, so the first being there twice adds nothing.
    """
    if not objects:
        return [], []
    first, content = objects[0]
    inline = text_part(content.decode(), f"text/calendar; method={first.method}; component=VEVENT")
    names = [_filename(change, number, len(objects)) for number, (change, _content) in enumerate(objects, start=1)]
    files = [file_part(content, "application/ics", name) for (_change, content), name in zip(objects, names, strict=True)]
    return [inline], files


def _filename(change: Change, number: int, of: int) -> str:
    base = "avbokning" if change.method == "CANCEL" else "inbjudan"
    return f"{base}.ics" if of == 1 else f"{base}-{number}.ics"


def _description(activity: Happening, page: str, *, joins: bool) -> str:
    more = _("Mer om aktiviteten: {url}").format(url=page)
    join = _("Delta här: {url}").format(url=activity.join_url)
    return f"{join}\n{more}" if joins else more


def _place(place: str) -> Iterator[str]:
    if place:
        yield f"LOCATION:{_text(place)}"


@cache
def _timezone(zone: str) -> bytes:
    return _written(_CENTRAL_EUROPE.format(zone=zone).split("\n")) if zone in _SAME_RULES else b""


def _local(moment: datetime, zone: str) -> str:
    if zone not in _SAME_RULES:
        return f":{_utc(moment)}"
    return f";TZID={zone}:{moment.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    if not value.isprintable():
        value = "".join(c for c in value.replace("\r\n", "\n") if c.isprintable() or c == "\n")
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _name(value: str) -> str:
    """A CN parameter, quoted (RFC 6868 for what may not stand in quotes)."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return f';CN="{clean.replace("^", "^^").replace(chr(34), "^" + chr(39))}"' if clean else ""


def _written(lines: Sequence[str]) -> bytes:
    return b"".join(map(_folded, lines))


def _folded(line: str) -> bytes:
    """At most 75 octets a line (RFC 5545, 3.1), never cut inside a character."""
    rest = line.encode()
    pieces: list[bytes] = []
    while len(rest) > (room := 74 if pieces else 75):
        while rest[room] & 0xC0 == 0x80:
            room -= 1
        pieces.append(rest[:room])
        rest = rest[room:]
    return b"\r\n ".join([*pieces, rest]) + b"\r\n"
