"""One process that somebody starts and watches: what to run, when it is ready, how it is stopped."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.logs import last_words

CHILD = Path(__file__).with_name("child.py")


class CannotStart(Exception):
    """Something needed is missing or in the way; the message is one line that says what to do."""


class NotReady(CannotStart):
    """A program ended, or took too long, before it was ready."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """How to start one process. `ready` is asked again and again until it says yes; it may take a second, not more."""

    name: str
    argv: Sequence[str]
    log: Path
    ready: Callable[[], bool] = lambda: True
    before: Callable[[], None] = lambda: None
    """Done before each start, also the ones after a crash."""
    env: Mapping[str, str] | None = None
    """Its whole environment; ours if nothing is said."""
    cwd: Path | None = None
    announcement: str = ""
    """What to tell people when it is ready for the first time."""
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    """What the kernel sends it when we are gone without having stopped it."""
    identity: str = "same"
    patience: float = 60.0
    """Seconds to become ready in."""
    grace: float = 10.0
    """Seconds to stop in."""

    @property
    def module(self) -> Sequence[str]:
        """Module and arguments if it is a `python -m` of ours; else nothing."""
        return self.argv[2:] if list(self.argv[:2]) == [sys.executable, "-m"] else ()

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own, its output going to the end of its log.

        The kernel ends it with the *thread* that called this: call from one that lives as long as the program should.
        """
        with self.log.open("ab") as log:
            return subprocess.Popen(
                wrapped(self.argv, self.identity, self.death_signal),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
            )


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of ours with this Python."""
    return [sys.executable, "-m", module, *arguments]


def wrapped(argv: Sequence[str], identity: str = "same", death_signal: signal.Signals = signal.SIGTERM) -> list[str]:
    """The command that runs `argv` as `identity` and lets it die with us."""
    return [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(death_signal)), identity, *argv]


class Running:
    """A program run by a test: can also be stopped, killed and started again half way."""

    program: Program

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it is ready; after a failure nothing is left. Raises NotReady."""
        self.program.before()
        self.process = process = self.program.spawn()
        try:
            _wait_ready(self.program, process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop in good order, then end what is left of its group; nothing happens if it is stopped already."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(self.program.stop_signal)
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(self.program.grace)
            self.kill()

    def kill(self) -> None:
        """End it and its children on the spot, as a crash would."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        """Stop and start on the same port and data."""
        self.stop()
        self.start()


def _wait_ready(program: Program, process: subprocess.Popen[bytes]) -> None:
    if not until(lambda: program.ready() or process.poll() is not None, program.patience):
        raise NotReady(f"{program.name} was not ready in {program.patience:.0f} s: see {program.log}")
    if process.poll() is not None:
        raise NotReady(f"{program.name} ended ({process.returncode}): {last_words(program.log)}")


def until(true: Callable[[], bool], seconds: float) -> bool:
    """Poll until it is true; False when the time is over."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has asked about since (a zombie) has."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except OSError:  # no /proc here, or it went just now: the next look will tell
        return False


def free_port() -> int:
    """A TCP port of the loopback that nobody has right now.

    Not one that the system hands to outgoing connections (from 32768 up on Linux): a client that polls such a port
    while its server is down sooner or later gets it as its own, and is connected to itself.
    """
    for port in random.sample(range(20_000, 32_000), 200):
        if is_free(port):
            return port
    raise CannotStart("no free TCP port between 20000 and 32000 on 127.0.0.1: end what holds them")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether one could listen there."""
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return True
    return False


def answers_http(port: int, path: str = "/healthz", statuses: Sequence[int] = range(100, 600)) -> Callable[[], bool]:
    """A question for `Program.ready`: whether an HTTP server there answers with one of these statuses."""

    def ready() -> bool:
        with suppress(OSError, ValueError, IndexError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            with connection.makefile("rb") as answer:
                status = int(answer.readline(1000).split(b" ")[1])
                answer.read()  # to its end: who closes earlier is a broken pipe in the server's log
            return status in statuses
        return False

    return ready
