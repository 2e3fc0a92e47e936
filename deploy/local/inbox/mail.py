"""A mail taken apart for reading: text, HTML, headers, and every part that can be downloaded."""

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

CONTENT_ID = re.compile(r"cid:([^\"'\s)>]+)", re.IGNORECASE)
HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A leaf of the mail. `number` counts all leaves from 0."""

    number: int
    content_type: str
    filename: str
    content: bytes
    content_id: str
    attached: bool

    @property
    def size(self) -> str:
        """As people read it."""
        return f"{len(self.content)} B" if len(self.content) < 1000 else f"{len(self.content) / 1000:.0f} kB"


@dataclass(frozen=True)
class Mail:
    """What a reader wants to see of a mail."""

    headers: Sequence[tuple[str, str]]
    text: str
    html: str
    parts: Sequence[Part]

    @property
    def attachments(self) -> Sequence[Part]:
        """What a mail program lists under the mail: files, and calendar invitations also when they only stand beside the text."""
        return [part for part in self.parts if part.attached or part.content_type == "text/calendar"]


def read(raw: bytes) -> Mail:
    """Take the mail apart. Broken mails give what can be read of them."""
    message = message_from_bytes(raw, policy=policy.default)
    leaves = [leaf for leaf in message.walk() if isinstance(leaf, EmailMessage) and not leaf.is_multipart()]
    parts = [_part(number, leaf) for number, leaf in enumerate(leaves)]
    headers = [(name, str(value)) for name, value in message.items()]
    return Mail(headers, _first(parts, leaves, "text/plain"), _first(parts, leaves, "text/html"), parts)


def _part(number: int, leaf: EmailMessage) -> Part:
    content_type = leaf.get_content_type()
    named = leaf.get_filename()
    extension = ".ics" if content_type == "text/calendar" else mimetypes.guess_extension(content_type) or ".bin"
    content = leaf.get_payload(decode=True)
    return Part(
        number=number,
        content_type=content_type,
        filename=named or f"del-{number + 1}{extension}",
        content=content if isinstance(content, bytes) else b"",
        content_id=str(leaf["Content-ID"] or "").strip("<> "),
        attached=named is not None or leaf.get_content_disposition() == "attachment",
    )


def _first(parts: Sequence[Part], leaves: Sequence[EmailMessage], content_type: str) -> str:
    for part, leaf in zip(parts, leaves, strict=True):
        if part.content_type == content_type and not part.attached:
            charset = leaf.get_content_charset("utf-8")
            try:
                return part.content.decode(charset, errors="replace")
            except LookupError:
                return part.content.decode("utf-8", errors="replace")
    return ""


def shown_html(mail: Mail, address: str) -> str:
    """The HTML for a frame: its links open in the whole window, and pictures that came with the mail come from `address`."""
    numbers = {part.content_id: part.number for part in mail.parts if part.content_id}

    def source(match: re.Match[str]) -> str:
        return f"{address}/del/{numbers[match[1]]}?visa" if match[1] in numbers else match[0]

    html = CONTENT_ID.sub(source, mail.html)
    base = '<base target="_top">'
    head = HEAD.search(html)
    return html[: head.end()] + base + html[head.end() :] if head else base + html
