"""A letter as a mail: subject, text, HTML, calendar, headers."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from services.notifications.mail import mime
from services.notifications.mail.invitations import calendar_parts, invitation
from services.notifications.mail.letters.letter import Letter, Site, page
from services.notifications.mail.templates import render
from services.notifications.models import Message
from shared.i18n import in_language

SIGNATURE = "-- "
"""Mail programs grey what follows and leave it out of answers; the blank belongs to it (RFC 3676, 4.3)."""


@dataclass(frozen=True)
class Outgoing:
    """A mail as it goes out: from whom and to whom (the envelope), and its bytes."""

    sender: str
    recipient: str
    data: bytes


@dataclass(frozen=True)
class Written:
    """The parts that people read."""

    subject: str
    text: str
    html: str


def write(kind: str, language: str, letter: Letter, site: Site) -> Written:
    """Fill in the templates of `kind`."""
    with in_language(language):
        context: dict[str, Any] = {
            "lang": language,
            "name": letter.name,
            "site": site.public_url,
            "privacy": page("/personuppgifter", language, site),
            **letter.context,
        }
        subject = " ".join(render(kind, "subject.txt", context).split())
        context["subject"] = subject
        return Written(subject, _tidy(render(kind, "body.txt", context)), render(kind, "body.mjml", context))


def compose(message: Message, letter: Letter, site: Site, *, at: datetime) -> tuple[Outgoing, Written]:
    """The mail as bytes. The same message has the same Message-ID in every attempt.

    multipart/mixed of multipart/alternative (text, HTML, and the calendar last: what clients like best) and the .ics files.
    """
    written = write(message.kind, message.language, letter, site)
    calendar, files = _calendar(message, letter, site, at)
    boundary = f"=_{message.id.hex}"
    texts = [mime.text_part(written.text, "text/plain"), mime.text_part(written.html, "text/html")]
    content = mime.multipart(
        "mixed", [mime.multipart("alternative", [*texts, *calendar], f"{boundary}_a"), *files], f"{boundary}_m"
    )
    headers = [
        ("From", mime.sender(site.sender)),
        ("To", mime.mailbox(letter.name, letter.address, "To")),
        ("Subject", mime.unstructured(written.subject, "Subject")),
        ("Date", format_datetime(at)),
        ("Message-ID", message.message_id),
        ("Content-Language", message.language),
        ("Auto-Submitted", "auto-generated"),
        ("X-Correlation-ID", str(message.correlation)),
    ]
    if letter.unsubscribe:
        headers += [
            ("List-Unsubscribe", f"<{letter.unsubscribe}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Precedence", "bulk"),
        ]
    return Outgoing(site.sender.addr_spec, letter.address, mime.message(headers, content)), written


def _calendar(message: Message, letter: Letter, site: Site, at: datetime) -> tuple[list[mime.Part], list[mime.Part]]:
    with in_language(message.language):
        return calendar_parts(
            [
                (
                    entry.change,
                    invitation(
                        entry.change,
                        entry.activity,
                        name=letter.name,
                        address=letter.address,
                        organiser=site.sender,
                        page=page(f"/aktivitet/{entry.activity.id}", message.language, site),
                        online=entry.online,
                        at=at,
                    ),
                )
                for entry in letter.entries
            ]
        )


def _tidy(text: str) -> str:
    """No trailing blanks, never more than one empty line."""
    lines: list[str] = []
    for line in (line if line == SIGNATURE else line.rstrip() for line in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
