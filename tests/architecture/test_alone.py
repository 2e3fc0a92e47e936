"""Each service is a folder that could be lifted out: it serves with nothing but itself and `shared/` beside it."""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from deploy.local.postgres import Postgres
from deploy.local.program import Program, Running, free_port, python
from deploy.local.redis import Redis
from shared.service import Service
from shared.testing import Databases, empty, until
from tests.services import SERVICES

ROOT = Path(__file__).parents[2]


class Process(Running):
    """One process of a service."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program


@pytest.fixture(params=list(SERVICES.values()), ids=list(SERVICES))
def service(request: pytest.FixtureRequest, databases: Databases) -> Service:
    chosen: Service = request.param
    empty(chosen, databases.engine(chosen))
    return chosen


@pytest.fixture
def folder(service: Service, tmp_path: Path) -> Path:
    """A folder with one service and the kernel, and nothing else."""
    for part in (Path("shared"), Path("services", service.name)):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "testing"))
    return tmp_path


@pytest.fixture
def environment(service: Service, folder: Path, databases: Databases, redis: Redis) -> dict[str, str]:
    """What a container would be given."""
    return {
        f"{service.name.upper()}_DATABASE_URL": databases.url(service),
        "REDIS_URL": redis.url,
        "PORT": str(free_port()),
        "PYTHONPATH": str(folder),
        "PYTHONSAFEPATH": "1",
        "PATH": os.environ["PATH"],
    }


def health(port: str) -> dict[str, object]:
    """What /healthz says; empty while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            found: dict[str, object] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error))
    except OSError:
        return {}


def test_it_serves_with_only_the_kernel_beside_it(service: Service, folder: Path, environment: dict[str, str]) -> None:
    command = f"services.{service.name}"
    subprocess.run([sys.executable, "-m", command, "migrate"], cwd=folder, env=environment, check=True, timeout=60)
    with ExitStack() as stack:
        for process in ("web", "worker", "relay"):
            log = folder / f"{process}.log"
            running = Process(Program(name=process, argv=python(command, process), log=log, env=environment, cwd=folder))
            running.start()
            stack.callback(running.kill)
        until(lambda: health(environment["PORT"]).get("reasons") == [], within=60, saying="web, worker and relay answer")


def test_its_worker_and_relay_do_not_load_the_web(service: Service, folder: Path, environment: dict[str, str]) -> None:
    """They are there in a second or two, and small."""
    code = (
        f"import sys; from services.{service.name}.service import SERVICE;"
        "import shared.messaging.worker, shared.messaging.relay, celery.apps.worker;"
        "shared.messaging.worker.build_worker(SERVICE);"
        "print([name for name in ('fastapi', 'starlette', 'uvicorn', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_postgres_keeps_the_services_apart(postgres: Postgres) -> None:
    """No service reads another's tables: its role may not even connect."""
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(postgres.url("catalog").removesuffix("/catalog") + "/registration")
