"""Measuring: requests a second over loopback, CPU by process, and medians of interleaved pairs."""

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """One measurement: how much, and the microseconds of CPU that a unit of it took, by process."""

    value: float
    cpu: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """A figure and its floor, measured one after the other, as many times as there are."""

    measured: list[Measured]
    bare: list[Measured]

    @property
    def figures(self) -> list[float]:
        return [each.value for each in self.measured]

    @property
    def floors(self) -> list[float]:
        return [each.value for each in self.bare]

    @property
    def ratio(self) -> float:
        """The median of the ratios pair by pair: drift of a shared machine hits both sides of a pair."""
        return statistics.median(figure / floor for figure, floor in zip(self.figures, self.floors, strict=True))

    @property
    def figure(self) -> float:
        return statistics.median(self.figures)

    @property
    def floor(self) -> float:
        return statistics.median(self.floors)

    @property
    def cpu(self) -> dict[str, float]:
        """Microseconds of CPU a unit of the figure, by process; medians."""
        return _medians(self.measured)

    @property
    def floor_cpu(self) -> dict[str, float]:
        """The same of the floor."""
        return _medians(self.bare)


def _medians(those: list[Measured]) -> dict[str, float]:
    return {name: round(statistics.median(each.cpu[name] for each in those), 1) for name in those[0].cpu}


def interleaved(figure: Callable[[], Measured], floor: Callable[[], Measured], repeats: int) -> Pair:
    """Measure the two in turn, the order swapped every time, so that neither always comes second."""
    figures, floors = [], []
    for turn in range(repeats):
        if turn % 2:
            figures.append(figure())
            floors.append(floor())
        else:
            floors.append(floor())
            figures.append(figure())
    return Pair(figures, floors)


class Meter:
    """The CPU that processes use while something is done, each with all that descends from it."""

    def __init__(self, processes: Mapping[str, int | Iterable[int]]) -> None:
        self._processes = {name: [pids] if isinstance(pids, int) else list(pids) for name, pids in processes.items()}
        self._before = {name: cpu_of(pids) for name, pids in self._processes.items()}

    def per_unit(self, units: int) -> dict[str, float]:
        """Microseconds of CPU since this meter was made, for each of so many units."""
        return {name: 1e6 * (cpu_of(pids) - self._before[name]) / units for name, pids in self._processes.items()}


def cpu_of(pids: Iterable[int]) -> float:
    """CPU seconds used so far by these processes and all that descend from them, those that have ended among them."""
    return sum(_own_cpu(pid) for pid in family(pids))


def family(pids: Iterable[int]) -> set[int]:
    """The processes and their living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    return found


def _own_cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(each) for each in fields[11:15]) / _TICK


def pss_of(pids: Iterable[int]) -> int:
    """Bytes of memory, what is shared counted once (proportional set size)."""
    total = 0
    for pid in family(pids):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


class Load:
    """HTTP/1.1 over a few kept-alive connections, each sending the next request when the last is answered.

    Written by hand since the generator shares two cores with what it measures: a client library costs more than the server.
    """

    def __init__(self, port: int, *, connections: int = 8) -> None:
        self.port = port
        self.connections = connections

    def run(self, requests: Iterator[bytes], *, expect: int) -> tuple[int, float]:
        """Send all; how many were answered with `expect`, and the seconds it took. Raises RuntimeError for another status."""
        return asyncio.run(self._run(requests, expect))

    async def _run(self, requests: Iterator[bytes], expect: int) -> tuple[int, float]:
        started = time.perf_counter()
        done = await asyncio.gather(*(self._one(requests, expect) for _ in range(self.connections)))
        return sum(done), time.perf_counter() - started

    async def _one(self, requests: Iterator[bytes], expect: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        count = 0
        try:
            for request in requests:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                status = int(head[9:12])
                body = await reader.readexactly(_length(head))
                if status != expect:
                    raise RuntimeError(f"expected {expect}, got {status}: {body[:2000].decode(errors='replace')}")
                count += 1
        finally:
            writer.close()
        return count


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 : lowered.index(b"\r\n", at)]) if at >= 0 else 0


def for_seconds(seconds: float, requests: Iterator[bytes]) -> Iterator[bytes]:
    """As many of the requests as are asked for within so many seconds."""
    until = time.perf_counter() + seconds
    return takewhile(lambda _: time.perf_counter() < until, requests)


def requests_a_second(
    load: Load, requests: Iterator[bytes], *, expect: int, seconds: float, processes: Mapping[str, int | Iterable[int]]
) -> Measured:
    """How many were answered a second, with the CPU of each."""
    meter = Meter(processes)
    done, took = load.run(for_seconds(seconds, requests), expect=expect)
    return Measured(done / took, meter.per_unit(done))


def get(path: str, headers: str = "") -> bytes:
    """A GET as bytes."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


def post(path: str, body: str) -> bytes:
    """A form's POST as bytes, as a browser of this site sends it."""
    data = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data
