"""A real mail server that answers as a test tells it to: per recipient a list of answers, the last of which stays.

An answer is a reply line ("450 4.2.0 busy"), given to RCPT unless it begins with "data:" or "dot:", or one of
"drop before" (the connection dies at RCPT), "drop after" (it dies after the text has come in: it *is* taken), "slow:<seconds>"
(the answer to the text comes so late; meanwhile the recipient stands in `held`).
"""

import asyncio
import email
import email.policy
import ssl
import threading
from collections import defaultdict
from email.message import EmailMessage
from typing import Any, Self
from weakref import WeakSet

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class MailServer:
    """`with MailServer() as server: server.url`; what came in stands in `server.mails`, in order."""

    def __init__(self, *, password: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.held: list[str] = []
        self.ready_for: list[str] = []
        self._to: dict[str, list[EmailMessage]] = defaultdict(list)
        self.connections = 0
        self.resets = 0
        self.answers: dict[str, list[str]] = defaultdict(lambda: ["250 OK"])
        self.greeting_refused = False
        self._lock = threading.Lock()
        self._password = password
        self.tls = tls
        self._controller = _Controller(self)

    def answer(self, recipient: str, *answers: str) -> None:
        """What mails to `recipient` get, one after the other."""
        self.answers[recipient] = list(answers)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def to(self, recipient: str) -> list[EmailMessage]:
        """What this recipient got."""
        return list(self._to.get(recipient, ()))

    def __enter__(self) -> Self:
        self._controller.start()
        self.connections = 0  # the controller knocks once by itself
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._controller.hang_up(), self._controller.loop).result(10)
        self._controller.stop()

    def next_answer(self, recipient: str) -> str:
        with self._lock:
            waiting = self.answers[recipient]
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        with self._lock:
            self.raw.append(content)
            mail = email.message_from_bytes(content, policy=email.policy.default)
            self.mails.append(mail)
            self.recipients.append(envelope.rcpt_tos[0])
            self._to[envelope.rcpt_tos[0]].append(mail)

    def authenticate(self, given: LoginPassword) -> bool:
        return given.password.decode() == self._password

    @property
    def needs_password(self) -> bool:
        return bool(self._password)


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._next: dict[int, str] = {}

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self._server.next_answer(address)
        self._next[id(session)] = answer
        if answer == "drop before":
            _hang_up(server)
            return "421 gone"
        if answer[0].isdigit() and not answer.startswith("250"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._next[id(session)]
        if answer.startswith("slow:"):
            self._server.held.append(envelope.rcpt_tos[0])
            await asyncio.sleep(float(answer.partition(":")[2]))
            answer = "250 OK"
        if answer.startswith("dot:"):
            return answer.partition(":")[2]
        self._server.keep(envelope)
        if answer == "drop after":
            _hang_up(server)
            return "421 gone"
        return answer

    async def handle_RSET(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self._server.resets += 1
        return "250 OK"


class _Server(SMTP):
    async def smtp_DATA(self, argument: str) -> None:  # noqa: N802 (aiosmtpd's own name)
        if self.envelope is not None and self.envelope.rcpt_tos:
            self.event_handler._server.ready_for.append(self.envelope.rcpt_tos[0])
        await super().smtp_DATA(argument)


class _Controller(Controller):
    def __init__(self, server: MailServer) -> None:
        self._mail_server = server
        self._open: WeakSet[SMTP] = WeakSet()
        super().__init__(_Handler(server), hostname="127.0.0.1", port=0)

    def factory(self) -> SMTP:
        server = self._make()
        self._open.add(server)
        return server

    async def hang_up(self) -> None:
        """End what clients have left open."""
        for server in list(self._open):
            if server.transport is not None:
                _hang_up(server)
        await asyncio.sleep(0.01)

    def _make(self) -> SMTP:
        self._mail_server.connections += 1
        if not self._mail_server.needs_password:
            return _Server(self.handler, hostname="mail.test", enable_SMTPUTF8=True, tls_context=self._mail_server.tls)

        def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
            return AuthResult(success=self._mail_server.authenticate(given), handled=False)

        return _Server(self.handler, hostname="mail.test", authenticator=check, auth_require_tls=False)

    def _trigger_server(self) -> None:
        """The port was chosen by the system: know it before knocking on it."""
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _hang_up(server: SMTP) -> None:
    transport: Any = server.transport
    transport.abort()
