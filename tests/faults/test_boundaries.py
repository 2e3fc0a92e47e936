"""Relays, workers and webs die at every boundary: before and after what they send, commit, acknowledge and answer."""

import signal
from pathlib import Path

import pytest

from deploy.local.program import python
from shared.testing import until
from tests.faults.dying import POINTS
from tests.faults.load import Load
from tests.faults.site import Site, pause

BUSY = {
    "relay": ("registration", "notifications", "surveys"),
    "worker": ("catalog", "notifications", "surveys"),
    "web": ("registration", "surveys"),
}
"""Those that have something to do during a load."""


@pytest.mark.parametrize("kind", POINTS)
def test_dying_at_every_boundary(site: Site, load: Load, kind: str, tmp_path: Path) -> None:
    """Each process dies once at each point, and is started again; afterwards nothing is missing, and nothing doubled."""
    names = BUSY[kind]
    for name in names:
        (tmp_path / name).mkdir()
        site.replace(name, kind, python("tests.faults.dying", str(tmp_path / name), name, kind))
        site.restart(name, kind)
    site.well()
    load.start()
    load.finish()
    load.check(within=90, doubled_mails=2 * len(POINTS[kind]) if kind == "worker" else 0)
    died = {name: len(list((tmp_path / name).iterdir())) for name in names}
    assert max(died.values()) == len(POINTS[kind]), died
    assert min(died.values()) >= len(POINTS[kind]) - 1, died


def test_relays_are_killed_again_and_again(site: Site, load: Load) -> None:
    """First while Redis stands still: what they have claimed they cannot publish, and the next ones take it over."""
    claimed = "SELECT EXISTS (SELECT 1 FROM outbox WHERE acked_at IS NULL AND sends = 0 AND next_at > now())"
    assert site.redis.process is not None
    redis = site.redis.process.pid
    load.start()
    pause(1)
    site.signal(signal.SIGSTOP, redis)
    until(lambda: site.ask("registration", claimed), within=30)
    site.send(signal.SIGKILL, "relay")
    site.signal(signal.SIGCONT, redis)
    for _ in range(3):
        pause(1)
        site.send(signal.SIGKILL, "relay")
    load.finish()
    load.check()
