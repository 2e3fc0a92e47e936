"""Workers are killed, frozen, or many."""

import signal
from pathlib import Path

from deploy.local.program import python
from shared.testing import until
from tests.faults.load import Load
from tests.faults.site import REDELIVERY, Site, pause


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_all_are_killed_again_and_again(site: Site, load: Load) -> None:
    """In the middle of handlers, and of a mailing: only the one mail that a connection was about may be doubled."""
    for address in load.contacts:
        site.mails.answer(address, "slow:0.2")
    load.start()
    pause(1.5)
    site.send(signal.SIGKILL, "worker")
    with site.amid_a_handler("notifications"):
        site.send(signal.SIGKILL, "worker")
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
    """Another does its work meanwhile; when it wakes up, what it had begun does nothing.

    It may have handed over a mail on each of its two connections, and be frozen before it could write that down.
    """
    site.add("notifications", "worker")
    site.add("surveys", "worker")
    site.well()
    load.start(over=2)
    pause(0.7)
    frozen = site.send(signal.SIGSTOP, "worker", "notifications", "surveys")
    load.finish()
    pause(REDELIVERY)
    load.check(doubled_mails=2)
    for group in frozen:
        site.signal(signal.SIGCONT, group)
    until(lambda: not site.wire.hlen("notifications.unacked"), within=30)
    load.check(doubled_mails=2)


def test_ten_at_once_have_the_same_effects_as_one(site: Site, load: Load) -> None:
    """And two relays, one of which an adversary is behind, so that several have the same event at the same time."""
    for _ in range(9):
        site.add("notifications", "worker", WORKER_CONCURRENCY="1")
    for name in ("registration", "notifications", "surveys"):
        site.replace(name, "relay", python("tests.faults.adversary", name, "relay"))
        site.restart(name, "relay")
        site.add(name, "relay")
    there = "SELECT count(*) FROM process WHERE kind = 'worker' AND seen_at > now() - interval '15 seconds'"
    until(lambda: site.ask("notifications", there) >= 10, within=60, every=0.2)
    load.start(over=2)
    load.finish()
    load.check(within=90)


def test_one_of_two_relays_is_frozen_in_the_middle(site: Site, load: Load, tmp_path: Path) -> None:
    """It has published and not written that down: what it has claimed is anybody's after two seconds.

    The other sends it again; and the frozen one, when it goes on, does no harm.
    """
    names = ("registration", "surveys")
    for name in names:
        (tmp_path / name).mkdir()
        program = python("tests.faults.dying", str(tmp_path / name), name, "relay")
        site.replace(name, "relay", program, {"BY": "SIGSTOP", "ONLY": "1"})
        site.restart(name, "relay")
        site.add(name, "relay")
    site.well()
    load.start(over=2)
    until(lambda: any((tmp_path / name / "relay 1").exists() for name in names), within=30)
    load.finish()
    load.check()
    frozen = [name for name in names if (tmp_path / name / "relay 1").exists()]
    site.send(signal.SIGCONT, "relay", *frozen)
    seen = "SELECT seen_at > now() - interval '2 seconds' FROM process WHERE name LIKE :who"
    until(lambda: all(site.ask(name, seen, who=f"relay@%:{site.pid(name, 'relay')}") for name in frozen), within=30)
    load.check()
