"""PostgreSQL from the wheel: for root in every way, for an ordinary user, and again on the same data."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import unprivileged
from deploy.local.configuration import ROOT
from deploy.local.postgres import Postgres
from deploy.local.program import CannotStart, is_free, wrapped
from shared.testing import until

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
ORDINARY = "namespace:1:1"
"""What root becomes to be nobody special, and still reach this Python wherever it lies."""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="traffpunkt-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def try_it(server: Postgres) -> None:
    """Make data, stop, start again: they are there."""
    with server:
        with psycopg.connect(server.url("catalog")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'Åsa' AS name")
        server.restart()
        assert rows(server.url("catalog"), "SELECT lower(name) FROM kept") == [("åsa",)]


@ROOT_ONLY
def test_root_runs_it_in_a_user_namespace_in_a_folder_that_only_root_may_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    server = Postgres(tmp_path / "postgres", fast=True, ways=("namespace",))
    try_it(server)
    assert server.place.identity.startswith("namespace:")
    assert server.place.data.stat().st_uid == 0


@ROOT_ONLY
def test_root_drops_to_an_unprivileged_user_where_that_one_can_reach_the_data(open_folder: Path) -> None:
    server = Postgres(open_folder / "postgres", fast=True, ways=("drop",))
    server.prepare()
    if not str(server.place.installation).startswith("/root"):
        try_it(server)
        assert server.place.data.stat().st_uid == server.place.owner[0] != 0


@ROOT_ONLY
def test_root_moves_the_data_out_of_a_folder_that_only_root_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_folder: Path
) -> None:
    monkeypatch.setattr(unprivileged, "OUTSIDE", open_folder / "outside")
    tmp_path.chmod(0o700)
    server = Postgres(tmp_path / "postgres", fast=True, ways=("drop", "outside"))
    try_it(server)
    assert (open_folder / "outside") in server.place.data.parents
    assert (tmp_path / "postgres" / "data").resolve() == server.place.data


@ROOT_ONLY
def test_data_made_in_one_way_are_used_in_another(open_folder: Path) -> None:
    for ways in (("namespace",), ("drop", "outside"), ("namespace",)):
        with (
            Postgres(open_folder / "postgres", fast=True, ways=ways) as server,
            psycopg.connect(server.url("surveys")) as connection,
        ):
            connection.execute("CREATE TABLE IF NOT EXISTS runs (id int)")
            connection.execute("INSERT INTO runs VALUES (1)")
            connection.commit()
    with Postgres(open_folder / "postgres", fast=True) as server:
        assert rows(server.url("surveys"), "SELECT count(*) FROM runs") == [(3,)]


def test_root_without_a_way_is_told_so(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        with pytest.raises(CannotStart, match="start as an ordinary user"):
            Postgres(tmp_path / "postgres", ways=()).prepare()


def test_an_ordinary_user_runs_it(tmp_path: Path) -> None:
    script = f"""
import os, psycopg
from pathlib import Path
from deploy.local.postgres import Postgres
assert os.geteuid() != 0
with Postgres(Path("{tmp_path}/postgres"), fast=True) as server, psycopg.connect(server.url("catalog")) as connection:
    print(server.place.identity, connection.execute("SELECT current_user").fetchone()[0])
"""
    command = [sys.executable, "-c", script]
    if os.geteuid() == 0:
        command = wrapped(command, ORDINARY)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("same catalog\n", "")


def test_it_keeps_its_data_and_its_port_when_it_is_killed(tmp_path: Path) -> None:
    with Postgres(tmp_path / "postgres") as server:
        with psycopg.connect(server.url("catalog")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        port = server.port
        server.kill()
        assert (server.place.data / "postmaster.pid").exists()
        server.start()
        assert (server.port, rows(server.url("catalog"), "SELECT one FROM kept")) == (port, [(1,)])


def test_a_server_left_behind_is_ended_and_a_stale_pid_file_does_not_hinder(tmp_path: Path) -> None:
    with Postgres(tmp_path / "postgres", fast=True) as left:
        assert left.process is not None
        with Postgres(tmp_path / "postgres", fast=True) as server:
            until(lambda: left.process is None or left.process.poll() is not None)
            assert rows(server.url("catalog"), "SELECT 1") == [(1,)]
    (server.place.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.place.data}\n0\n{server.port}\n\n\n\n")
    with Postgres(tmp_path / "postgres", fast=True) as server:
        assert rows(server.url("catalog"), "SELECT 1") == [(1,)]


def test_what_an_interrupted_first_start_has_left_does_not_hinder(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres" / "data" / "new"
    unfinished.mkdir(parents=True)
    (unfinished.parent / "base").mkdir()
    with Postgres(tmp_path / "postgres", fast=True) as server:
        assert rows(server.url("catalog"), "SELECT 1") == [(1,)]


def test_a_service_reaches_its_own_database_only(postgres: Postgres) -> None:
    assert rows(postgres.url("surveys"), "SELECT current_user, current_database()") == [("surveys", "surveys")]
    foreign = postgres.url("surveys").rpartition("/")[0] + "/catalog"
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(foreign)
    wrong = postgres.url("surveys").replace(postgres.password("surveys"), "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_make_run_flushes_and_tests_do_not(tmp_path: Path, postgres: Postgres) -> None:
    assert rows(postgres.admin_url(), "SHOW fsync") == [("off",)]
    with Postgres(tmp_path / "postgres") as server:
        assert rows(server.admin_url(), "SHOW fsync") == [("on",)]


def test_it_dies_with_who_started_it(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from deploy.local.postgres import Postgres
server = Postgres(Path("{tmp_path}/postgres"), fast=True)
server.__enter__()
print(server.port, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    until(lambda: is_free(int(done.stdout)))
