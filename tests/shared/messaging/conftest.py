"""The pair with its databases, and its processes as they run in earnest."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis as redis_py
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from deploy.local.postgres import Postgres
from deploy.local.program import Program, Running, python
from deploy.local.redis import Redis
from shared.database import make_sessions
from shared.messaging import record
from shared.messaging.relay import Relay
from shared.messaging.waking import Waker
from shared.messaging.wire import make_celery
from shared.service import Service
from shared.testing import Databases, empty, until
from tests.shared.messaging.pair import MOUTH, SERVICES, PairSettings, Said

PAIR = "tests.shared.messaging.pair"


class Process(Running):
    """One process of the pair, started by the real command."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program


@dataclass
class Pair:
    """Mouth and ear: their databases, and how to start their processes."""

    databases: Databases
    redis: Redis
    folder: Path
    stack: ExitStack

    @property
    def mouth(self) -> sessionmaker[Session]:
        return self.databases.sessions(SERVICES["mouth"])

    @property
    def ear(self) -> sessionmaker[Session]:
        return self.databases.sessions(SERVICES["ear"])

    @property
    def wire(self) -> redis_py.Redis:
        return redis_py.Redis.from_url(self.redis.url)

    def start(self, service: str, command: str, *arguments: str, ready: Callable[[], bool] | None = None) -> Process:
        """`python -m ... SERVICE COMMAND`, ready when it has said so in the database; stopped after the test."""
        number = len(list(self.folder.glob("*.log")))
        program = Program(
            name=f"{service} {command}",
            argv=[*python(PAIR, service, command), *arguments],
            log=self.folder / f"{service}-{command}-{number}.log",
            env=self.environment(service),
            ready=ready or (lambda: self.seen(service, command) > before),
        )
        before = self.seen(service, command)
        process = Process(program)
        process.start()
        self.stack.callback(process.stop)
        return process

    def environment(self, service: str) -> dict[str, str]:
        return {
            "DATABASE_URL": self.databases.url(SERVICES[service]),
            "REDIS_URL": self.redis.url,
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "PATH": str(Path(sys.executable).parent),
        }

    def run(self, service: str, command: str) -> None:
        """`python -m ... SERVICE COMMAND` until it has ended."""
        subprocess.run(python(PAIR, service, command), env=self.environment(service), check=True, timeout=60)

    def start_all(self) -> dict[str, Process]:
        """A relay and a worker each."""
        return {
            f"{service} {command}": self.start(service, command)
            for service in ("mouth", "ear")
            for command in ("relay", "worker")
        }

    def seen(self, service: str, kind: str) -> int:
        """How many processes of a kind have said that they are there."""
        with self.databases.sessions(SERVICES[service])() as session:
            return int(session.execute(text("SELECT count(*) FROM process WHERE kind = :kind"), {"kind": kind}).scalar_one())

    def say(self, *numbers: int, sentence: str = "a", order: str = "") -> None:
        """Record, each in a transaction of its own."""
        for number in numbers:
            with self.mouth.begin() as session:
                record(session, Said(sentence=sentence, number=number, order=order), key=f"sentence:{sentence}")

    def heard(self, sentence: str = "a") -> list[int]:
        """What has been written down, in order."""
        with self.ear() as session:
            rows = session.execute(text("SELECT number FROM heard WHERE sentence = :sentence ORDER BY n"), {"sentence": sentence})
            return list(rows.scalars())

    def is_hearing(self) -> bool:
        """Whether a handler is at work: it has written down what it heard, and not committed."""
        with self.ear() as session:
            at_work = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'heard'::regclass AND mode = 'RowExclusiveLock')"
            return bool(session.execute(text(at_work)).scalar_one())

    def cause(self, what: str) -> None:
        with self.ear.begin() as session:
            session.execute(text("INSERT INTO trouble VALUES (:what)"), {"what": what})

    def end(self, what: str) -> None:
        with self.ear.begin() as session:
            session.execute(text("DELETE FROM trouble WHERE what = :what"), {"what": what})

    def unacknowledged(self) -> int:
        with self.mouth() as session:
            return int(session.execute(text("SELECT count(*) FROM outbox WHERE acked_at IS NULL")).scalar_one())

    def unsent(self) -> int:
        """How many events are to be sent now."""
        with self.mouth() as session:
            return int(session.execute(text("SELECT count(*) FROM outbox WHERE next_at <= now()")).scalar_one())

    def states(self, sentence: str = "a") -> list[str]:
        """The states of what the ear keeps of a sentence, in order."""
        with self.ear() as session:
            query = text("SELECT state FROM inbox WHERE key = :key ORDER BY key_seq")
            return list(session.execute(query, {"key": f"sentence:{sentence}"}).scalars())

    def settled(self, *, within: float = 15) -> None:
        """Wait until everything is acknowledged."""
        until(lambda: self.unacknowledged() == 0, within=within, saying="everything acknowledged")


@pytest.fixture(scope="session")
def pair_databases(postgres: Postgres, databases: Databases) -> Databases:
    """With a database for each of the pair."""
    postgres.databases = (*postgres.databases, *SERVICES)
    postgres.make_databases()
    for service in SERVICES.values():
        service.metadata.create_all(databases.engine(service))
    return databases


@contextmanager
def empty_pair(databases: Databases, redis: Redis, folder: Path) -> Iterator[Pair]:
    """Its processes are stopped afterwards, and its databases emptied."""
    redis_py.Redis.from_url(redis.url).flushall()
    with ExitStack() as stack:
        for service in SERVICES.values():
            stack.callback(empty, service, databases.engine(service))
        yield Pair(databases, redis, folder, stack)


@pytest.fixture
def pair(pair_databases: Databases, redis: Redis, tmp_path: Path) -> Iterator[Pair]:
    """The pair, of which nothing runs yet."""
    with empty_pair(pair_databases, redis, tmp_path) as pair:
        yield pair


@pytest.fixture(scope="module")
def running(pair_databases: Databases, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The pair with a relay and a worker each, for all tests of a module: each says sentences of its own."""
    with empty_pair(pair_databases, redis, tmp_path_factory.mktemp("pair")) as pair:
        pair.start_all()
        yield pair


@pytest.fixture
def relay(pair: Pair) -> Iterator[Relay]:
    """The mouth's, in this process."""
    service = Service("mouth", PairSettings, MOUTH, {})
    service.__dict__["settings"] = PairSettings(database_url="postgresql://unused", redis_url=pair.redis.url)
    relay = Relay(service, pair.mouth, make_celery(service))
    yield relay
    relay._publisher.hang_up()


@pytest.fixture
def mouth(pair: Pair) -> Iterator[sessionmaker[Session]]:
    """Sessions that wake the relay, as those of webs and workers do. Redis is known not to have been wiped."""
    pair.wire.set("mouth.epoch", "known")
    waker = Waker(pair.redis.url)
    yield make_sessions(pair.mouth.kw["bind"], "mouth", waker=waker)
    waker.close()
