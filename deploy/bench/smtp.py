"""A mail server that does nothing but say yes and count: `python -m deploy.bench.smtp PORT`.

Fast, so that what is measured is the sender: one read and one write a command, the text passed over. Beside SMTP it answers
`XCOUNT` (how many mails it has accepted, and the last one's size) and `XWAIT n` (when the n-th was accepted, once it has been).
"""

import asyncio
import smtplib
import socket
import sys
import time
from collections.abc import Callable

_END = b"\r\n.\r\n"


class Counter:
    """How many mails were accepted, and who waits for which."""

    def __init__(self) -> None:
        self.accepted = 0
        self.last_size = 0
        self.waiting: dict[int, list[Callable[[float], None]]] = {}

    def accept(self, size: int) -> None:
        self.accepted += 1
        self.last_size = size
        for tell in self.waiting.pop(self.accepted, ()):
            tell(time.monotonic())


class Conversation(asyncio.Protocol):
    """One connection."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.received = bytearray()
        self.reading_text = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self.transport.write(b"220 bench\r\n")

    def data_received(self, data: bytes) -> None:
        self.received += data
        while self._text() if self.reading_text else self._command():
            pass

    def _text(self) -> bool:
        end = self.received.find(_END)
        if end < 0:
            return False
        del self.received[: end + len(_END)]
        self.reading_text = False
        self.counter.accept(end)
        self.transport.write(b"250 accepted\r\n")
        return True

    def _command(self) -> bool:
        end = self.received.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.received[:end])
        del self.received[: end + 2]
        verb = line[:5].upper().strip()
        if verb == b"DATA":
            self.reading_text = True
            self.transport.write(b"354 go on\r\n")
        elif verb == b"XCOUN":
            self.transport.write(b"250 %d %d\r\n" % (self.counter.accepted, self.counter.last_size))
        elif verb == b"XWAIT":
            self._wait(int(line.split()[1]))
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 ok\r\n")
        return True

    def _wait(self, number: int) -> None:
        def tell(at: float) -> None:
            self.transport.write(b"250 %f\r\n" % at)

        if self.counter.accepted >= number:
            tell(time.monotonic())
        else:
            self.counter.waiting.setdefault(number, []).append(tell)


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
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(counter), "127.0.0.1", port, family=socket.AF_INET
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
