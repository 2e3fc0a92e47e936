"""The faults of the storm: each is caused, and over, when its function returns; what it has broken heals by itself."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from random import Random

from redis.exceptions import RedisError
from sqlalchemy import create_engine, text

from tests.faults.site import Site, pause
from tests.services import NAMES

Cause = Callable[[Site, Random], None]
MAIL_WORKER = "mail worker killed"


def nothing(_site: Site, _random: Random) -> None:
    """To compare with: what is on its way takes a while."""


def kill(kind: str, site: Site, random: Random) -> None:
    """A whole group of processes at once."""
    site.send(signal.SIGKILL, kind, random.choice(NAMES))


def kill_mail_worker(site: Site, random: Random) -> None:
    """In the middle of sending, if anything is sent just now."""
    before = len(site.mails.mails)
    for _ in range(100):
        if len(site.mails.mails) > before:
            break
        pause(0.02)
    pause(random.uniform(0.0, 0.05))
    site.send(signal.SIGKILL, "worker", "notifications")


def kill_all_workers(site: Site, _random: Random) -> None:
    site.send(signal.SIGKILL, "worker")


def freeze(kind: str, site: Site, random: Random) -> None:
    frozen = site.send(signal.SIGSTOP, kind, random.choice(NAMES))
    pause(random.uniform(1.0, 10.0))
    for group in frozen:
        site.signal(signal.SIGCONT, group)


def wipe(site: Site, _random: Random) -> None:
    site.wire.flushall()


def restart_redis_empty(site: Site, random: Random) -> None:
    site.redis.kill()
    pause(random.uniform(0.0, 3.0))
    site.redis.start()


def freeze_redis(site: Site, random: Random) -> None:
    assert site.redis.process is not None
    os.killpg(site.redis.process.pid, signal.SIGSTOP)
    pause(random.uniform(1.0, 8.0))
    os.killpg(site.redis.process.pid, signal.SIGCONT)


def cut_redis_clients(site: Site, _random: Random) -> None:
    site.wire.client_kill_filter(_type="normal", skipme=True)


def half_open(site: Site, _random: Random) -> None:
    site.proxy.freeze()


def cut_network(site: Site, random: Random) -> None:
    """Nobody reaches Redis for a moment."""
    site.proxy.shut()
    site.proxy.cut()
    pause(random.uniform(0.0, 3.0))
    site.proxy.open()


def lose_a_queue(site: Site, random: Random) -> None:
    site.wire.delete(random.choice([*NAMES, "notifications.mail", "notifications.mail.bulk"]))


def spoil_a_queue(site: Site, random: Random) -> None:
    """It becomes something that is no queue."""
    with suppress(RedisError):
        site.wire.set(random.choice([*NAMES, "notifications.mail"]), "no list")


def restart_postgres(site: Site, random: Random) -> None:
    """As after a crash."""
    assert site.postgres.process is not None
    site.postgres.process.send_signal(signal.SIGQUIT)
    site.postgres.process.wait(30)
    pause(random.uniform(0.0, 2.0))
    site.postgres.start()


def cut_database_connections(site: Site, _random: Random) -> None:
    engine = create_engine(site.postgres.admin_url().replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> 'postgres'"))
    engine.dispose()


def refuse_mail(site: Site, random: Random) -> None:
    """The mail server is away for a moment."""
    site.smtp.shut()
    site.smtp.cut()
    pause(random.uniform(0.5, 3.0))
    site.smtp.open()


def cut_mail_connections(site: Site, _random: Random) -> None:
    site.smtp.cut()


def misbehave(site: Site, random: Random) -> None:
    """The next mail to each of a load's contacts meets something."""
    for number in range(20):
        for load in range(1, 400):
            address = f"contact.{number}@fel{load}.example"
            if address not in site.mails.answers:
                site.mails.answer(address, random.choice(["drop before", "slow:0.2", "451 4.3.0 later", "250 OK"]), "250 OK")
                break


CAUSES: dict[str, Cause] = {
    "none, to compare with": nothing,
    "worker killed": partial(kill, "worker"),
    MAIL_WORKER: kill_mail_worker,
    "all workers killed": kill_all_workers,
    "relay killed": partial(kill, "relay"),
    "web killed": partial(kill, "web"),
    "worker frozen 1-10 s": partial(freeze, "worker"),
    "relay frozen 1-10 s": partial(freeze, "relay"),
    "Redis wiped (FLUSHALL)": wipe,
    "Redis killed, started empty": restart_redis_empty,
    "Redis frozen 1-8 s": freeze_redis,
    "Redis clients cut": cut_redis_clients,
    "Redis links half-open": half_open,
    "network to Redis cut 0-3 s": cut_network,
    "queue deleted": lose_a_queue,
    "queue of a wrong type": spoil_a_queue,
    "PostgreSQL restarted (immediate)": restart_postgres,
    "database connections cut": cut_database_connections,
    "mail server away 0.5-3 s": refuse_mail,
    "mail connections cut": cut_mail_connections,
    "mail server slow, 4xx, hanging up": misbehave,
}
