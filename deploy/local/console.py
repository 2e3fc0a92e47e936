"""What `make run` says: a line per step with the time it took, and troubles with the name of who has them."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path


class Console:
    """Lines on standard output; each step's time is counted from the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def say(self, text: str = "") -> None:
        """A line as it is."""
        try:
            print(text, flush=True)
        except OSError:  # nobody reads any more: no reason to stop
            sys.stdout = Path("/dev/null").open("w")  # noqa: SIM115

    def step(self, text: str) -> None:
        """Something is done, so many seconds after the start."""
        self.say(f"{time.monotonic() - self._started:6.1f} s  {text}")

    def trouble(self, who: str, text: str) -> None:
        """Something went wrong in a process that is watched."""
        self.say(f"{'!':>6}    {who}: {text}")

    def heard(self, who: str, text: str) -> None:
        """A process said how far it has come."""
        self.say(f"          {who}: {text}")

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        """Two aligned columns."""
        width = max((len(left) for left, _ in rows), default=0)
        for left, right in rows:
            self.say(f"  {left:<{width}}  {right}")
