"""The mail inbox of `make run`, read as a recipient reads it."""

import email
import json
import re
import urllib.parse
import urllib.request
from email.message import EmailMessage
from email.policy import default

from shared.testing.poll import until


class Inbox:
    """What has arrived at the site's inbox."""

    def __init__(self, site: str) -> None:
        self._api = f"{site}/inkorg/api/messages"

    def list(self, to: str, subject: str = "") -> list[dict[str, str]]:
        """The mails to an address whose subject holds `subject`, as the inbox lists them."""
        with urllib.request.urlopen(f"{self._api}?{urllib.parse.urlencode({'to': to})}") as answer:
            rows: list[dict[str, str]] = json.load(answer)
        return [row for row in rows if subject in row["subject"]]

    def wait_for(self, to: str, subject: str, *, beyond: int = 0, within: float = 20.0) -> "Mail":
        """The newest mail to `to` whose subject holds `subject`, when there are more than `beyond` of them."""

        def found() -> list[dict[str, str]]:
            rows = self.list(to, subject)
            return rows if len(rows) > beyond else []

        [row, *_] = until(found, within=within, saying=f"a mail to {to} about {subject!r}")
        with urllib.request.urlopen(f"{self._api}/{row['id']}") as answer:
            assert answer.headers["content-type"].startswith("message/rfc822")
            return Mail(email.message_from_bytes(answer.read(), policy=default))


class Mail:
    """One mail, in all its parts."""

    def __init__(self, message: EmailMessage) -> None:
        self.message = message

    def part(self, kind: str) -> str:
        """The content of the first part of a type, "text/plain" say."""
        for part in self.message.walk():
            if part.get_content_type() == kind:
                content = part.get_content()
                return content.decode() if isinstance(content, bytes) else str(content)
        raise AssertionError(f"no {kind} in the mail {self.message['subject']}")

    @property
    def text(self) -> str:
        return self.part("text/plain")

    def link(self, containing: str) -> str:
        """The address in the text part that holds `containing`."""
        found = re.search(rf"https?://\S*{re.escape(containing)}\S*", self.text)
        assert found, f"no link with {containing} in:\n{self.text}"
        return found[0].rstrip(".,)")
