"""The connection to the mail server: kept open over many mails, honest about how far each came. No decisions are made here."""

import smtplib
import socket
import ssl
import time

from services.notifications.mail.compose import Outgoing
from services.notifications.rules.answers import Answer, Phase, enhanced_code
from services.notifications.settings import MailServer

CONNECT = 10.0
COMMAND = 30.0
FINAL_DOT = 600.0
"""Seconds for the answer to the text. RFC 5321, 4.5.3.2.6: less would "typically result in delivery of multiple copies"."""
MAILS = 100
LIFETIME = 60.0
IDLE = 3.0
"""A connection that has rested for longer is asked (RSET) before it is trusted."""


class Transport:
    """Hands mails over, one after the other, on one connection: `offer`, `finish`, `answer`. Not for several threads."""

    def __init__(self, server: MailServer, *, hello: str, final_dot: float = FINAL_DOT, command: float = COMMAND) -> None:
        self._server, self._hello = server, hello
        self._final_dot, self._command = final_dot, command
        self._smtp: smtplib.SMTP | None = None
        self._opened = self._used = 0.0
        self._mails = 0

    def offer(self, mail: Outgoing) -> Answer | None:
        """Ask whether the server takes this mail, and have it wait for the text. Raises nothing.

        None: it does. Otherwise what it said at last, or where it fell silent.
        """
        fresh = self._ready()
        answer = self._connect() if fresh else None
        if answer is None:
            answer = self._ask(mail)
            if answer is not None and answer.phase == "mail" and answer.code is None and not fresh:
                # The server had closed the connection meanwhile, as it may: nothing was sent yet, so begin anew.
                answer = self._connect() or self._ask(mail)
        return answer

    def finish(self, mail: Outgoing) -> Answer | None:
        """The text of what was offered, with the dot that ends it. Raises nothing. None: the server has it, and will `answer`."""
        smtp = self._smtp
        if smtp is None:
            return Answer("connect", None, text="no connection")
        try:
            smtp.send(_stuffed(mail.data) + b".\r\n")
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Answer("dot", None, text=_words(error))
        return None

    def answer(self) -> Answer:
        """What the server says to the dot, however long it takes. Raises nothing."""
        smtp = self._smtp
        if smtp is None:
            return Answer("connect", None, text="no connection")
        try:
            self._wait(smtp, self._final_dot)
            code, reply = smtp.getreply()
            self._wait(smtp, self._command)
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Answer("dot", None, text=_words(error))
        return self._heard("dot", code, reply)

    def withdraw(self) -> None:
        """Never finish what was offered. There is no other way than to hang up: the server throws away what has no end."""
        self._hang_up()

    def close(self) -> None:
        """Say goodbye, if there is somebody to say it to."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (smtplib.SMTPException, OSError):
                smtp.close()

    def _ready(self) -> bool:
        """Whether a new connection is needed."""
        clock = time.monotonic()
        if self._smtp is not None and (self._mails >= MAILS or clock - self._opened > LIFETIME):
            self.close()
        if self._smtp is not None and clock - self._used > IDLE:
            self._reset()
        return self._smtp is None

    def _connect(self) -> Answer | None:
        """None when the server is ready for us."""
        phase: Phase = "connect"
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._dial()
            self._wait(smtp, self._command)
            if smtp.sock is not None:  # a text's last packet must not wait until those before it are confirmed
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            smtp.ehlo_or_helo_if_needed()
            if self._server.scheme == "smtp+starttls":
                phase = "tls"
                smtp.starttls(context=_tls())
                smtp.ehlo()
            if self._server.username:
                phase = "auth"
                smtp.login(self._server.username, self._server.password)
        except smtplib.SMTPResponseException as error:
            return _answer(phase, error.smtp_code, error.smtp_error)
        except ssl.SSLError as error:
            return Answer(
                "certificate" if isinstance(error, ssl.SSLCertVerificationError) else "tls",
                None,
                text=f"{type(error).__name__}: {error.reason or ''}",
            )
        except (smtplib.SMTPException, OSError) as error:
            return Answer(phase, None, text=_words(error))
        else:
            self._smtp, smtp = smtp, None
            self._opened = self._used = time.monotonic()
            self._mails = 0
            return None
        finally:
            if smtp is not None:
                smtp.close()

    def _dial(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, local_hostname=self._hello, timeout=CONNECT, context=_tls())
        return smtplib.SMTP(host, port, local_hostname=self._hello, timeout=CONNECT)

    def _ask(self, mail: Outgoing) -> Answer | None:
        smtp = self._smtp
        if smtp is None:
            return Answer("connect", None, text="no connection")
        phase: Phase = "mail"
        options = "" if mail.recipient.isascii() else " SMTPUTF8"
        if options and not smtp.has_extn("smtputf8"):
            return Answer("mail", 550, "5.6.7", "this mail server takes no address with such letters (no SMTPUTF8)")
        try:
            smtp.command_encoding = "utf-8" if options else "ascii"
            code, reply = smtp.docmd("MAIL", f"FROM:<{mail.sender}>{options}")
            if code == 250:
                phase = "rcpt"
                code, reply = smtp.docmd("RCPT", f"TO:<{mail.recipient}>")
                if code in {250, 251}:
                    phase = "data"
                    code, reply = smtp.docmd("DATA")
                    if code == 354:
                        return None
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Answer(phase, None, text=_words(error))
        return self._heard(phase, code, reply)

    def _heard(self, phase: Phase, code: int, reply: bytes) -> Answer:
        """The server's last word about a mail; the connection is ready for the next, or gone."""
        self._mails += 1
        self._used = time.monotonic()
        if code == 421:
            self._hang_up()
        elif not (phase == "dot" and code == 250):
            self._reset()
        return _answer(phase, code, reply)

    def _reset(self) -> None:
        """Forget what was begun; a server that cannot even do that is left."""
        try:
            if self._smtp is not None and self._smtp.rset()[0] == 250:
                return
        except (smtplib.SMTPException, OSError):
            pass
        self._hang_up()

    def _hang_up(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    @staticmethod
    def _wait(smtp: smtplib.SMTP, seconds: float) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)


def _stuffed(text: bytes) -> bytes:
    """No line is taken for the end: one that begins with a dot gets another (RFC 5321, 4.5.2)."""
    return (b"." if text.startswith(b".") else b"") + text.replace(b"\n.", b"\n..")


def _tls() -> ssl.SSLContext:
    """Certificates are checked against the system's authorities; SSL_CERT_FILE names others."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _answer(phase: Phase, code: int, reply: bytes | str) -> Answer:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return Answer(phase, code, enhanced_code(text), " ".join(text.split())[:500])


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError | socket.timeout):
        return "no answer in time"
    return f"{type(error).__name__}: {error}"[:200]
