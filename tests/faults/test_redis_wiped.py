"""Redis loses what it has: all of it once, all of it again and again, one queue, or it takes no more."""

import signal

from shared.testing import until
from tests.faults.load import Load
from tests.faults.site import Site, pause


def test_wiped_once(site: Site, load: Load) -> None:
    """While something lies there: without the relay's look for its epoch and for silence it would be lost for a minute."""
    frozen = site.send(signal.SIGSTOP, "worker", "notifications")
    load.start()
    until(lambda: site.wire.llen("notifications"), within=30)
    site.wire.flushall()
    for group in frozen:
        site.signal(signal.SIGCONT, group)
    load.finish()
    load.check(within=40)


def test_wiped_again_and_again(site: Site, load: Load) -> None:
    load.start(over=5)
    for _ in range(12):
        site.wire.flushall()
        pause(0.5)
    load.finish()
    load.check()


def test_a_queue_is_deleted_or_becomes_something_else(site: Site, load: Load) -> None:
    """What was in it is sent again since it is empty; a key of a wrong type is deleted by the queue's own relay."""
    load.start()
    for _ in range(4):
        site.wire.delete("notifications", "surveys")
        site.wire.set("catalog", "no list")
        site.wire.set("notifications.mail", "no list")
        pause(1)
    load.finish()
    load.check()


def test_redis_has_no_memory_left(site: Site, load: Load) -> None:
    """It refuses to take messages; they wait in the outbox, and the webs go on accepting."""
    site.wire.config_set("maxmemory", "1mb")
    load.start()
    load.finish()
    pause(1)
    site.wire.config_set("maxmemory", "0")
    load.check()
