"""Clocks jump by hours, forwards and back, in processes and in the database: nothing fires twice, and nothing waits for hours.

What is due, leased or to be tried again is dated and read by the database's clock alone; pauses inside a process are monotonic.
"""

import signal
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import DateTime, Table, text
from sqlalchemy.exc import DBAPIError

from deploy.local.program import python
from services.notifications.models import Message, Pause
from services.surveys.due import ClosingTimeReached
from shared.clock import now
from shared.messaging import schedule
from shared.messaging.tables import due, inbox, outbox, process
from shared.testing import until
from tests.faults.load import Load
from tests.faults.site import Site, pause
from tests.services import NAMES

DATED: dict[str, list[Table]] = {name: [outbox, inbox, due, process] for name in NAMES}
DATED["notifications"] += [Message.metadata.tables["message"], Pause.metadata.tables["pause"]]


def database_clock_jumps(site: Site, hours: int) -> None:
    """To what is written, it is the same whether the clock jumps forwards or all that it has dated goes back."""
    for name in NAMES:

        def shift(name: str = name) -> bool:
            try:
                with site.sessions(name).begin() as session:
                    for table in DATED[name]:
                        moved = [c.name for c in table.columns if isinstance(c.type, DateTime)]
                        changes = ", ".join(f"{column} = {column} - interval '{hours} hours'" for column in moved)
                        session.execute(text(f"UPDATE {table.name} SET {changes}"))
            except DBAPIError:  # a row was locked by somebody who wanted ours
                return False
            return True

        until(shift, within=30)


def fired(site: Site, key: str) -> int:
    return int(site.ask("surveys", "SELECT count(*) FROM witness WHERE key = :key", key=f"due:{key}"))


@pytest.mark.parametrize("jumps", [(3, -3), (-3,)], ids=["forwards and back", "back"])
def test_the_database_s_clock_jumps(site: Site, load: Load, jumps: tuple[int, ...]) -> None:
    """What is due fires once when its time has come, and never again. What was dated before the clock was set back lies in the
    future now, and does not wait until then: a relay looks for it every minute, and when it starts."""
    soon, later = f"clock:{uuid4()}", f"clock:{uuid4()}"
    with site.sessions("surveys").begin() as session:
        for key, hours in ((soon, 1), (later, 24)):
            at = now() + timedelta(hours=hours)
            schedule(session, ClosingTimeReached(survey_id=uuid4(), closes_at=at), key=key, at=at)
    held = [*site.send(signal.SIGSTOP, "relay", "registration"), *site.send(signal.SIGSTOP, "worker", "notifications")]
    load.start(over=3)
    until(lambda: site.ask("registration", "SELECT EXISTS (SELECT 1 FROM outbox WHERE sends = 0)"), within=30)
    until(lambda: site.ask("notifications", "SELECT EXISTS (SELECT 1 FROM message WHERE state = 'queued')"), within=30)
    for hours in jumps:
        pause(1)
        database_clock_jumps(site, hours)
        if hours > 0:
            until(lambda: fired(site, soon) == 1, within=30)
    for group in held:
        site.signal(signal.SIGCONT, group)
    load.finish()
    for name in NAMES:
        site.restart(name, "relay")
    load.check()
    assert fired(site, soon) == int(jumps[0] > 0)
    assert fired(site, later) == 0


def test_the_clocks_of_workers_and_relays_jump(site: Site, load: Load, tmp_path: Path) -> None:
    file = tmp_path / "hours"
    file.write_text("0")
    for name in NAMES:
        for kind in ("worker", "relay"):
            site.replace(name, kind, python("tests.faults.astray", str(file), name, kind))
            site.restart(name, kind)
    site.well()
    load.start(over=4)
    for hours in ("5", "-5", "0"):
        pause(1.2)
        file.write_text(hours)
    load.finish()
    load.check()
    for name in NAMES:  # what a relay does every few seconds is not put off by hours
        seen, moment = "SELECT max(seen_at) > :moment FROM process WHERE kind = 'relay'", site.ask(name, "SELECT now()")
        until(partial(site.ask, name, seen, moment=moment), within=30)
