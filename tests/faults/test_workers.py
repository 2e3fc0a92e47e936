"""Workers are killed, frozen, or many."""

import signal
from pathlib import Path

import pytest

from shared.testing import until
from tests.faults.load import MAILED, Load
from tests.faults.site import REDELIVERY, Site, pause


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_all_are_killed_again_and_again(site: Site, load: Load) -> None:
    """In the middle of handlers, and of a mailing: only the one mail that a connection was about may be doubled."""
    for address in load.contacts:
        site.mails.answer(address, "slow:0.2")
    load.start()
    for _ in range(3):
        pause(1.5)
        site.send(signal.SIGKILL, "worker")
    load.finish()
    load.check(doubled_mails=3 * 2)


def test_their_children_are_killed(site: Site, load: Load) -> None:
    """As the kernel does when memory is short. Celery notices, and hands what they had to others."""
    load.start()
    for _ in range(4):
        pause(0.8)
        for name in ("registration", "notifications", "surveys", "catalog"):
            for child in children(site.pid(name, "worker")):
                site.kill(child)
    load.finish()
    load.check(doubled_mails=4 * 2)


def test_one_is_frozen_for_longer_than_redelivery_takes(site: Site, load: Load) -> None:
    """Another does its work meanwhile; when it wakes up, what it had begun does nothing."""
    site.add("notifications", "worker")
    site.add("surveys", "worker")
    site.well()
    load.start(over=2)
    pause(0.7)
    frozen = site.send(signal.SIGSTOP, "worker", "notifications", "surveys")
    load.finish()
    pause(REDELIVERY)
    load.check(doubled_mails=1)
    for group in frozen:
        site.signal(signal.SIGCONT, group)
    until(lambda: not site.wire.hlen("notifications.unacked"), within=30)
    load.check(doubled_mails=1)


@pytest.mark.parametrize("extra", [3])
def test_many_at_once_have_the_same_effects_as_one(site: Site, load: Load, extra: int) -> None:
    for _ in range(extra):
        site.add("notifications", "worker")
    for name in ("registration", "notifications", "surveys"):
        site.add(name, "relay")
    until(lambda: site.ask("notifications", "SELECT count(*) FROM process WHERE kind = 'worker'") > extra, within=60)
    load.start(over=2)
    load.finish()
    load.check()
    assert len([address for address in load.contacts if len(site.mails.to(address)) == 1]) == MAILED
