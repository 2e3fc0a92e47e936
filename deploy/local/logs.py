"""The logs of the processes: one file each, the last run's kept beside it; their errors are shown while they happen."""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from deploy.local.console import Console

PLAIN_ERROR = re.compile(
    r"^.{0,80}?\b(error|critical|fatal|panic|traceback)\b(?!:  terminating connection due to admin)", re.IGNORECASE
)
"""What PostgreSQL says to those that are connected when it is told to stop is no error."""
PAUSE = 0.3


def new_log(folder: Path, name: str) -> Path:
    """An empty log for this run; what the last run said becomes `<name>.1.log`."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name.replace(' ', '-')}.log"
    if log.exists():
        log.replace(log.with_suffix(".1.log"))
    log.touch(0o600)
    return log


def error_in(line: str) -> str | None:
    """What a line complains about, in short: from our JSON logs by their level, from others by the look of them."""
    with suppress(ValueError):
        entry = json.loads(line)
        if isinstance(entry, dict):
            if str(entry.get("level", entry.get("severity"))).lower() not in {"error", "critical", "fatal"}:
                return None
            said = str(entry.get("event") or entry.get("msg") or entry.get("message") or line)
            cause = str(entry.get("exception") or entry.get("error") or "").strip().splitlines()
            return f"{said}: {cause[-1]}" if cause else said
    return line.strip() if PLAIN_ERROR.match(line) else None


class ErrorFinder:
    """`error_in`, line after line: of a traceback only the last line is an error, for it names what went wrong."""

    def __init__(self) -> None:
        self._in_traceback = False

    def __call__(self, line: str) -> str | None:
        if line.startswith("Traceback "):
            self._in_traceback = True
        if not self._in_traceback:
            return error_in(line)
        if line[:1] in {" ", ""} or line.startswith("Traceback "):
            return None
        self._in_traceback = False
        return line.strip()


def last_words(log: Path) -> str:
    """The last thing that a log says, for a message."""
    with suppress(OSError):
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        if lines:
            return (error_in(lines[-1]) or _event_in(lines[-1]) or lines[-1].strip())[:300]
    return "it said nothing"


def _event_in(line: str) -> str | None:
    with suppress(ValueError, TypeError, KeyError):
        return str(json.loads(line)["event"])
    return None


def progress_in(line: str) -> str | None:
    """What a program that reports its progress says: its plain lines, not its log."""
    return None if line.lstrip().startswith("{") or not line.strip() else line.strip()


class LogWatch:
    """Follows logs and hands on what stands in new lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._followed: dict[Path, tuple[int, Callable[[str], None]]] = {}

    def errors_of(self, who: str, log: Path) -> None:
        """Show errors from now on."""
        find = ErrorFinder()

        def show(line: str) -> None:
            if error := find(line):
                self._console.trouble(who, error[:300])

        self._follow(log, show)

    def each_line_of(self, log: Path, take: Callable[[str], None]) -> None:
        """Hand every plain line from now on to `take`."""

        def hand_on(line: str) -> None:
            if text := progress_in(line):
                take(text)

        self._follow(log, hand_on)

    def _follow(self, log: Path, take: Callable[[str], None]) -> None:
        self._followed[log] = (log.stat().st_size if log.exists() else 0, take)

    def look(self) -> None:
        """Take what is new; a line that is not whole yet waits for the next time."""
        for log, (position, take) in list(self._followed.items()):
            with suppress(OSError), log.open("rb") as file:
                file.seek(position)
                whole = file.read(1 << 20)
                whole = whole[: whole.rfind(b"\n") + 1]
                self._followed[log] = (position + len(whole), take)
                for line in whole.decode(errors="replace").splitlines():
                    take(line)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(PAUSE)
