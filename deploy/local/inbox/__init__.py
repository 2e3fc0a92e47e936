"""The mail inbox of `make run` and of the tests: an SMTP server that takes every mail, and a page and an API that show them.

No mail leaves the machine. Mails stay over restarts.
"""

import smtplib
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.configuration import ROOT
from deploy.local.program import Program, Running, answers_http, free_port, python


class Inbox(Running):
    """`with Inbox(folder) as inbox: inbox.smtp_url, inbox.url`. Ports and mails stay the same over stop, kill and start."""

    def __init__(self, folder: Path, *, log: Path | None = None, smtp_port: int = 0, web_port: int = 0) -> None:
        super().__init__()
        self.folder = folder.absolute()
        self.log = log or self.folder / "inbox.log"
        self.smtp_port = smtp_port
        self.web_port = web_port

    def prepare(self) -> Program:
        """Choose ports, and tell how to start it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.smtp_port = self.smtp_port or free_port()
        while self.web_port in (0, self.smtp_port):
            self.web_port = free_port()
        self.program = Program(
            name="inbox",
            argv=python("deploy.local.inbox", str(self.folder), str(self.smtp_port), str(self.web_port)),
            log=self.log,
            cwd=ROOT,
            ready=self.ready,
            announcement=f"The mail inbox answers on 127.0.0.1:{self.smtp_port}",
        )
        return self.program

    @property
    def smtp_url(self) -> str:
        """What notifications gets as NOTIFICATIONS_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.smtp_port}"

    @property
    def url(self) -> str:
        """Where the page and the API are, without the gateway."""
        return f"http://127.0.0.1:{self.web_port}/inkorg"

    def ready(self) -> bool:
        """Whether it takes mail and shows it."""
        if not answers_http(self.web_port, "/inkorg/api/messages?limit=1", statuses=[200])():
            return False
        with suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=2):
            return True
        return False

    def __enter__(self) -> Self:
        self.prepare()
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
