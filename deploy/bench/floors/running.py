"""The bare web of `floors.web`, running, and what it does a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat

from deploy.bench.ground import Ground, wait_until
from deploy.bench.measure import Load, Measured, get, post, requests_a_second
from deploy.local.program import answers_http, free_port

FORM = post("/bare", "name=Anna+Lind&email=anna.lind%40deltagare.example")


class Floor:
    """The floors of everything that a web does."""

    def __init__(self, ground: Ground, pid: int, port: int) -> None:
        self.processes = {"bare web": pid, **ground.servers}
        self.load = Load(port)

    def posts(self, seconds: float) -> Measured:
        """Form POSTs a second, each one row."""
        return requests_a_second(self.load, repeat(FORM), expect=303, seconds=seconds, processes=self.processes)

    def answers(self, seconds: float) -> Measured:
        """JSON answers a second."""
        return requests_a_second(self.load, repeat(get("/bare")), expect=200, seconds=seconds, processes=self.processes)


@contextmanager
def floor(ground: Ground) -> Iterator[Floor]:
    """The bare web for the length of the block, warmed up."""
    port = free_port()
    arguments = ("--port", str(port), "--no-access-log", "--log-level", "warning")
    with ground.process("uvicorn", "deploy.bench.floors.web:app", *arguments) as pid:
        wait_until(answers_http(port, path="/bare", statuses=(200,)), every=0.05)
        running = Floor(ground, pid, port)
        running.posts(0.5)
        running.answers(0.5)
        yield running
