"""`make storm`: random faults from a fixed seed, one after another, over the four services under load.

A fault has healed when all that was said until it ended is acknowledged, and every mail to a single person that was queued until
then has left, or waits as the mail server has asked. At the end every accepted registration, answer, attendance and mail of every
load is looked for, and every event of every service. Ends with 1 if anything is lost, doubled, out of order, or has not healed.
"""

import math
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.clock import now
from shared.events.catalog import OrganisationChanged
from shared.messaging import record
from tests.faults.causes import CAUSES, MAIL_WORKER, Cause
from tests.faults.load import Load, Loads
from tests.faults.site import Site, a_site, pause
from tests.faults.witness import Mark, account
from tests.services import NAMES

MAILED = 20
HEALED_WITHIN = 120.0
_UNACKNOWLEDGED = "SELECT count(*) FROM outbox WHERE acked_at IS NULL AND occurred_at <= :until"
_UNSENT = "SELECT count(*) FROM message WHERE state IN ('queued', 'inflight') AND lane = 'transactional' AND created_at <= :until"


@dataclass
class Storm:
    """The site, the loads that run through it, and what has been found out."""

    site: Site
    random: Random
    loads: list[Load] = field(default_factory=list)
    healed: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    doubled_mails: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def rage(self, faults: int, causes: dict[str, Cause]) -> None:
        """Cause so many of these faults, each when the one before has healed, while loads run through the site."""
        loads = Loads(self.site)
        self.loads.append(loads.next(mailed=MAILED))
        loading = threading.Thread(target=self._load, args=(loads,), name="loads")
        loading.start()
        often = [MAIL_WORKER, MAIL_WORKER] if MAIL_WORKER in causes else []  # enough to say how many double a mail
        order = [*causes, *self.random.choices([*causes, *often], k=max(0, faults - len(causes)))][:faults]
        self.random.shuffle(order)
        for number, kind in enumerate(order, 1):
            if self._over.is_set():
                break
            before = self._doubled()
            self._say()
            causes[kind](self.site, self.random)
            self._say()
            seconds = self._heals()
            self.healed[kind].append(seconds)
            self.doubled_mails[kind] += self._doubled() - before
            if seconds > HEALED_WITHIN:
                self.wrong.append(f"fault {number}, {kind}: not healed within {HEALED_WITHIN:.0f} s")
            print(f"{number:4} {kind:34} {seconds:6.1f} s", flush=True)
            pause(self.random.uniform(0.0, 0.5))
        self._over.set()
        loading.join()

    def end_early(self, *_: object) -> None:
        """After the fault at hand; what has been caused is counted."""
        self._over.set()

    def settle(self) -> None:
        """Wait until all loads have all their effects; what is missing then is lost."""
        give_up_at = time.monotonic() + HEALED_WITHIN
        waiting = list(self.loads)
        while waiting and time.monotonic() < give_up_at:
            with self.site.sessions("notifications").begin() as session:
                session.execute(text("UPDATE message SET next_at = now() WHERE state = 'retry'"))
            waiting = [load for load in waiting if load.lacks()]
            pause(0.5)
        self.wrong += [f"{load.name} lacks {load.lacks()}" for load in waiting]

    def _load(self, loads: Loads) -> None:
        """One load after the other. Should that fail there is nothing to storm over."""
        try:
            while True:
                load = self.loads[-1]
                load.start(over=6)
                load.finish(within=HEALED_WITHIN)
                loads.over(load)
                if self._over.is_set():
                    break
                self.loads.append(loads.next(mailed=MAILED))
        except Exception as error:
            self.wrong.append(f"the load ended: {error!r}"[:500])
            self._over.set()

    def _say(self) -> None:
        """Something that is on its way when the fault comes, or is over."""
        said = OrganisationChanged(organisation_id=uuid4(), title="Region Nyland", kind="region", status="active")

        def say() -> bool:
            with self.site.sessions("catalog").begin() as session:
                record(session, said, key=f"organisation:{said.organisation_id}")
            return True

        _persist(say)

    def _heals(self) -> float:
        """Seconds until all that was said by now has its effect."""
        started, until = time.monotonic(), now()

        def healed() -> bool:
            return not any(self.site.ask(name, _UNACKNOWLEDGED, until=until) for name in NAMES) and not self.site.ask(
                "notifications", _UNSENT, until=until
            )

        _persist(healed, within=HEALED_WITHIN)
        return time.monotonic() - started

    def _doubled(self) -> int:
        return len(self.site.mails.mails) - len({mail["Message-ID"] for mail in list(self.site.mails.mails)})


def _persist(do: Callable[[], bool], *, within: float = 60) -> None:
    """Until it says yes or the time is over; a database that is away says no."""
    give_up_at = time.monotonic() + within
    while time.monotonic() < give_up_at:
        try:
            if do():
                return
        except DBAPIError:
            pass
        pause(0.1)


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def report(storm: Storm, seed: int, seconds: float) -> bool:
    """Print what was found; whether nothing is wrong."""
    events = account(storm.site.sessions, dict.fromkeys(NAMES, Mark()))
    faults = sum(map(len, storm.healed.values()))
    print(f"\n{faults} faults (seed {seed}), {len(storm.loads)} loads, {seconds / 60:.0f} minutes\n")
    print(f"{'fault':34} {'times':>5} {'median':>8} {'p95':>8} {'max':>8}")
    everything = [value for values in storm.healed.values() for value in values]
    for kind, values in (*sorted(storm.healed.items()), ("all", everything)):
        middle, high = statistics.median(values), percentile(values, 0.95)
        print(f"{kind:34} {len(values):5} {middle:6.1f} s {high:6.1f} s {max(values):6.1f} s")
    kills, doubled = len(storm.healed[MAIL_WORKER]), storm.doubled_mails[MAIL_WORKER]
    print(f"\nevents {events.events}: lost {events.lost}, doubled effects {events.doubled}, out of order {events.misplaced}")
    mails = storm.site.mails.mails
    print(f"mails {len(mails)}: doubled {storm._doubled()}, each with the Message-ID of the first")
    if kills:
        print(
            f"of these after {kills} kills of the mail worker {doubled}: {100 * doubled / kills:.0f} per 100 kills (at most 50)"
        )
    for problem in storm.wrong:
        print(f"WRONG: {problem}")
    return events.is_clean and not storm.wrong


def main() -> int:
    """SEED=, FAULTS= and KINDS= (parts of their names, with commas) in the environment."""
    seed, faults = int(os.environ.get("SEED") or 1), int(os.environ.get("FAULTS") or 200)
    kinds = (os.environ.get("KINDS") or "").split(",")
    causes = {name: cause for name, cause in CAUSES.items() if any(kind in name for kind in kinds)}
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, a_site(Path(folder), redelivery=60) as site:
        storm = Storm(site, Random(seed))
        signal.signal(signal.SIGINT, storm.end_early)
        storm.rage(faults, causes)
        site.mend()
        storm.settle()
        return 0 if report(storm, seed, time.monotonic() - started) else 1


if __name__ == "__main__":
    sys.exit(main())
