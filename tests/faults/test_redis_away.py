"""Redis is away, stands still, or the way to it is cut: the webs go on accepting, and everything drains afterwards."""

import os
import signal

from shared.testing import until
from tests.faults.load import Load
from tests.faults.site import Site, pause


def test_killed_and_started_empty(site: Site, load: Load) -> None:
    """While something lies there, and once more."""
    frozen = site.send(signal.SIGSTOP, "worker", "notifications")
    load.start()
    until(lambda: site.wire.llen("notifications"), within=30)
    for _ in range(2):
        site.redis.kill()
        pause(1)
        site.redis.start()
        for group in frozen:
            site.signal(signal.SIGCONT, group)
        pause(1)
    load.finish()
    load.check()


def test_away_for_a_minute(site: Site, load: Load) -> None:
    site.redis.kill()
    load.start()
    load.finish(within=40)
    accepted = {answer for answer in load.answers if answer[0] in "45"}
    assert accepted <= {"409"}, "nobody is turned away because Redis is"
    pause(45)
    site.redis.start()
    load.check(within=30)


def test_stands_still(site: Site, load: Load) -> None:
    assert site.redis.process is not None
    load.start()
    pause(1)
    os.killpg(site.redis.process.pid, signal.SIGSTOP)
    pause(6)
    os.killpg(site.redis.process.pid, signal.SIGCONT)
    load.finish()
    load.check()


def test_all_clients_are_cut_off_again_and_again(site: Site, load: Load) -> None:
    load.start()
    for _ in range(10):
        site.wire.client_kill_filter(_type="normal", skipme=True)
        pause(0.4)
    load.finish()
    load.check()


def test_connections_that_are_half_open(site: Site, load: Load) -> None:
    """As behind a router that has forgotten them: nothing comes, and nothing says so. What was on the way is sent again.

    Without `socket_timeout` and `health_check_interval` a worker hangs on such a connection for good.
    """
    load.start()
    pause(1)
    assert site.proxy.freeze() > 8
    pause(4)
    site.proxy.freeze()
    load.finish()
    load.check(within=90)
