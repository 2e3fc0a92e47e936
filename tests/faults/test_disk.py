"""The disk is full, for Redis and for PostgreSQL: they refuse clearly, and go on when there is room again.

A limit on the size of files, set on the running processes, does it for every user: a write beyond it fails as on a full disk.
"""

import resource

import pytest
from redis.exceptions import RedisError

from shared.testing import until
from tests.faults.load import Load
from tests.faults.site import Site
from tests.faults.test_workers import children


def room(pid: int, size: int = resource.RLIM_INFINITY) -> None:
    """How large a file a process may make grow."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_redis_has_no_room(site: Site, load: Load) -> None:
    """It writes what it has to disk, cannot, and takes nothing more; registrations are accepted all the same."""
    assert site.redis.process is not None
    pid, wire = site.redis.process.pid, site.wire
    wire.config_set("appendonly", "yes")
    until(lambda: not wire.info("persistence")["aof_rewrite_in_progress"], within=30)
    room(pid, 1)
    try:
        until(lambda: wire.info("persistence")["aof_last_write_status"] == "err", within=30)
        with pytest.raises(RedisError, match="MISCONF"):
            wire.set("anything", "at all")
        load.start(over=2)
        load.finish()
        assert "seats" not in load.lacks()
        assert "confirmations" in load.lacks()
        room(pid)
        load.check()
    finally:
        room(pid)
        wire.config_set("appendonly", "no")


def test_postgresql_has_no_room(site: Site, load: Load) -> None:
    """It ends rather than promise what it cannot write; started with room, it has all that it ever promised."""
    server = site.postgres.process
    assert server is not None
    load.start(over=3)
    until(lambda: load.answers["303"] > 2, within=30)
    for pid in (server.pid, *children(server.pid)):
        room(pid, 1)
    until(lambda: server.poll() is not None, within=60)
    site.postgres.start()
    load.finish()
    load.check()
    assert not load.unclear, "who is hit reads what to do"
