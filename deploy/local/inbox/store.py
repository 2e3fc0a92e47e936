"""Where the mails are kept: one SQLite file with each mail as it came, and what lists and searches need beside it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType
from typing import Self

SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    date TEXT NOT NULL,
    message_id TEXT NOT NULL,
    searched TEXT NOT NULL,
    raw BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS recipient (
    address TEXT NOT NULL COLLATE NOCASE,
    mail INTEGER NOT NULL REFERENCES mail,
    PRIMARY KEY (address, mail)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipient_mail ON recipient (mail);
CREATE INDEX IF NOT EXISTS mail_received_at ON mail (received_at);
"""
COLUMNS = """mail.id, received_at, sender, subject, date, message_id,
    (SELECT group_concat(address, char(10)) FROM (SELECT address FROM recipient WHERE mail = mail.id ORDER BY address))"""


@dataclass(frozen=True)
class Summary:
    """A mail in a list. `to` are the addresses that it was delivered to, hidden copies too."""

    id: int
    received_at: datetime
    sender: str
    subject: str
    date: str
    message_id: str
    to: Sequence[str]


class Store:
    """The mails of one folder; for one process, and for one thread at a time."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(SCHEMA)

    def add(self, sender: str, recipients: Sequence[str], raw: bytes, *, now: datetime) -> int:
        """Keep a mail; it is on disk when this returns."""
        head = message_from_bytes(raw, policy=policy.default)
        subject, shown_sender = str(head["Subject"] or ""), str(head["From"] or sender)
        values = (
            now.astimezone(UTC).isoformat(timespec="microseconds"),
            shown_sender,
            subject,
            str(head["Date"] or ""),
            str(head["Message-ID"] or "").strip(),
            " ".join([shown_sender, subject, *recipients]).casefold(),
            raw,
        )
        self._database.execute("BEGIN IMMEDIATE")
        try:
            added = self._database.execute(
                "INSERT INTO mail (received_at, sender, subject, date, message_id, searched, raw) VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            mail = int(added.lastrowid or 0)
            rows = [(recipient, mail) for recipient in dict.fromkeys(address.casefold() for address in recipients)]
            self._database.executemany("INSERT INTO recipient (address, mail) VALUES (?, ?)", rows)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        return mail

    def find(
        self, *, to: str = "", search: str = "", since: datetime | None = None, before: int | None = None, limit: int = -1
    ) -> list[Summary]:
        """Newest first: delivered to exactly `to`, with all words of `search`, received after `since`, older than `before`."""
        conditions, values = ["1"], list[object]()
        if to:
            conditions.append("id IN (SELECT mail FROM recipient WHERE address = ?)")
            values.append(to.strip().casefold())
        for word in search.casefold().split():
            conditions.append("instr(searched, ?) > 0")
            values.append(word)
        if since is not None:
            conditions.append("received_at > ?")
            values.append(since.astimezone(UTC).isoformat(timespec="microseconds"))
        if before is not None:
            conditions.append("id < ?")
            values.append(before)
        query = f"SELECT {COLUMNS} FROM mail WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [_summary(row) for row in self._database.execute(query, (*values, limit))]

    def get(self, mail: int) -> tuple[Summary, bytes] | None:
        """One mail with all its bytes."""
        row = self._database.execute(f"SELECT {COLUMNS}, raw FROM mail WHERE id = ?", (mail,)).fetchone()  # noqa: S608
        return (_summary(row), bytes(row[-1])) if row else None

    def count(self) -> int:
        """How many there are."""
        return int(self._database.execute("SELECT count(*) FROM mail").fetchone()[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._database.close()


def _summary(row: Sequence[object]) -> Summary:
    number, received_at, sender, subject, date, message_id, to = row[:7]
    return Summary(
        int(str(number)),
        datetime.fromisoformat(str(received_at)),
        str(sender),
        str(subject),
        str(date),
        str(message_id),
        str(to or "").split("\n"),
    )
