"""A mail server that takes every mail and counts: `python -m deploy.bench.smtp PORT`.

It is aiosmtpd, which reads a mail line by line as mail servers do and so takes about a millisecond for one of ours; the floor and
the product both send to it. (A sink that only looks for the final dot answers five times as fast, and next to it any work that a
sender does looks dear.) Beside SMTP it answers `XCOUNT` (how many mails it has accepted, and the last one's size) and `XWAIT n`
(when the n-th was accepted, once it has been).
"""

import asyncio
import smtplib
import socket
import sys
import time

from aiosmtpd.smtp import SMTP, Envelope, Session


class Counter:
    """How many mails were accepted, and who waits for which."""

    def __init__(self) -> None:
        self.accepted = 0
        self.last_size = 0
        self._accepted_at: dict[int, asyncio.Future[float]] = {}

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's own name)
        self.accepted += 1
        self.last_size = len(envelope.original_content or b"")
        waiting = self._accepted_at.pop(self.accepted, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(time.monotonic())
        return "250 accepted"

    async def wait_for(self, number: int) -> float:
        if self.accepted >= number:
            return time.monotonic()
        return await asyncio.shield(self._accepted_at.setdefault(number, asyncio.get_running_loop().create_future()))


class Server(SMTP):
    """One connection."""

    event_handler: Counter

    async def smtp_XCOUNT(self, _argument: str | None) -> None:  # noqa: N802 (aiosmtpd's own name)
        await self.push(f"250 {self.event_handler.accepted} {self.event_handler.last_size}")

    async def smtp_XWAIT(self, number: str) -> None:  # noqa: N802
        await self.push(f"250 {await self.event_handler.wait_for(int(number)):f}")


class Sink:
    """The same server from outside."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="bench", timeout=120)

    def close(self) -> None:
        self._smtp.close()

    def count(self) -> int:
        """How many mails it has accepted so far."""
        return int(self._smtp.docmd("XCOUNT")[1].split()[0])

    def last_size(self) -> int:
        """How many bytes the last mail had."""
        return int(self._smtp.docmd("XCOUNT")[1].split()[1])

    def wait_for(self, number: int) -> float:
        """When the mail of that number was accepted, by `time.monotonic()`. Raises TimeoutError after two minutes."""
        return float(self._smtp.docmd("XWAIT", str(number))[1])


async def serve(port: int) -> None:
    """Until somebody ends the process."""
    counter = Counter()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Server(counter, hostname="bench", timeout=3600, loop=loop), "127.0.0.1", port, family=socket.AF_INET
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
