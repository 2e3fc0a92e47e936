"""`make run` with stand-ins for the services: everything else is real."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.local.configuration import ROOT, SERVICES, Configuration, check_machine, gateway
from deploy.local.keys import NAMES, keys
from deploy.local.postgres import Postgres
from deploy.local.program import CannotStart, free_port, gone, python, wrapped
from deploy.local.redis import Redis
from shared.new_secrets import new_keys
from shared.testing import until

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes are left")


def environment(**settings: str) -> dict[str, str]:
    """Ours, without what the tests themselves were told."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_URL", "_KEY")) and name not in {"PORT", "DATA", "HOST"}
    }
    return kept | settings


class MakeRun:
    """One `make run`, its lines, and its processes."""

    def __init__(self, data: Path, *, identity: str = "same", **settings: str) -> None:
        self.data = data
        self.port = int(settings.get("PORT") or free_port())
        self.said = Path(str(data).replace("/file/", "/") + ".said")
        self.said.touch()
        with self.said.open("ab") as out:
            self.process = subprocess.Popen(
                wrapped(python("tests.local.standins.site"), identity),
                cwd=ROOT,
                env=environment(**{"DATA": str(data), "PORT": str(self.port), **settings}),
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def lines(self) -> list[str]:
        return self.said.read_text().splitlines()

    def ready(self) -> "MakeRun":
        until(lambda: self.lines() and (self.process.poll() is not None or "Stop with Ctrl-C." in self.lines()), within=60)
        assert "Stop with Ctrl-C." in self.lines(), self.lines()
        return self

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def pids(self) -> dict[int, str]:
        """All processes that it has started, and theirs."""
        parents: dict[int, tuple[int, str]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                head, _, tail = stat.read_text().rpartition(")")
            except (FileNotFoundError, ProcessLookupError):
                continue
            state, parent = tail.split()[:2]
            if state != "Z":
                parents[int(stat.parent.name)] = (int(parent), head.partition("(")[2])
        found: dict[int, str] = {}
        fresh = {self.process.pid}
        while fresh:
            fresh = {pid for pid, (parent, _) in parents.items() if parent in fresh}
            found |= {pid: parents[pid][1] for pid in fresh}
        return found


def left_of(pids: Mapping[int, str]) -> dict[int, str]:
    return {pid: name for pid, name in pids.items() if not gone(pid)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeRun]:
    run = MakeRun(tmp_path_factory.mktemp("run") / "var", CATALOG_TITLE="yes", SURVEYS_TITLE="no")
    try:
        yield run.ready()
    finally:
        run.end()


def test_it_says_step_by_step_how_far_it_is_and_where_it_is_ready(site: MakeRun) -> None:
    lines = site.lines()
    address = f"http://127.0.0.1:{site.port}"
    assert f"Träffpunkt is ready: {address}" in lines
    ready = lines.index(f"Träffpunkt is ready: {address}")
    steps = [line.split("s  ", 1)[1] for line in lines[:ready] if re.match(r" *\d+\.\d s  ", line)]
    assert [re.sub(r" on 127.*", "", step) for step in sorted(steps[:3])] == [
        "PostgreSQL answers",
        "Redis answers",
        "The mail inbox answers",
    ]
    assert steps[3:] == [
        "Databases are of the newest version",
        "Webs answer: catalog, registration, notifications, surveys",
        "Workers and relays answer: all services are well",
        "The demonstration is loaded",
    ]
    assert "          surveys: half of it is loaded" in lines
    assert not [line for line in lines if "not for people" in line]
    table = dict(line.strip().split("  ", 1) for line in lines[ready + 1 : -1] if line.startswith("  "))
    assert {name: where.strip() for name, where in table.items()} == {
        "Start page": f"{address}/",
        "Staff": f"{address}/arbeta",
        "Operations": f"{address}/drift",
        "Mail inbox": f"{address}/inkorg",
        **{f"Page of {service}": f"{address}/{service}" for service in SERVICES},
    }


def test_the_site_answers_for_all_services(site: MakeRun) -> None:
    health = site.get("/healthz")
    assert (health["status"], set(health["services"])) == ("ok", set(SERVICES))
    assert [site.get(path)["service"] for path in ("/", "/anmalan", "/utskick", "/enkat")] == list(SERVICES)
    assert site.get("/inkorg/api/messages") == []


def test_each_service_is_told_its_own_secrets_only(site: MakeRun) -> None:
    told = {path: site.get(path)["environ"] for path in ("/", "/anmalan", "/utskick", "/enkat")}
    assert re.match(r"postgresql://catalog:.*/catalog$", told["/"]["CATALOG_DATABASE_URL"])
    assert told["/"]["CATALOG_TITLE"] == "yes"
    assert "SURVEYS_TITLE" not in told["/"]
    own = {
        path: {name for name in told[path] if name.startswith(("CATALOG_", "REGISTRATION_", "NOTIFICATIONS_"))} for path in told
    }
    assert own["/anmalan"] == {"REGISTRATION_DATABASE_URL", "REGISTRATION_NEEDS_KEY"}
    assert own["/utskick"] == {"NOTIFICATIONS_DATABASE_URL", "NOTIFICATIONS_SMTP_URL"}
    assert own["/enkat"] == set()
    for name in ("SESSION_PUBLIC_KEY", "SEAL_KEY", "REDIS_URL"):
        assert len({environ[name] for environ in told.values()}) == 1
    assert told["/"]["PUBLIC_URL"] == f"http://127.0.0.1:{site.port}"


@LINUX_ONLY
def test_a_process_that_dies_is_started_again_and_that_is_said(site: MakeRun) -> None:
    [pid] = [pid for pid, name in site.pids().items() if name == "surveys-web"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: [line for line in site.lines() if "surveys web: runs again" in line])
    assert [line for line in site.lines() if "surveys web: ended (SIGKILL); starts again in 0.5 s" in line]
    assert site.get("/enkat")["service"] == "surveys"


@LINUX_ONLY
def test_postgres_is_started_again_on_its_data_and_port(site: MakeRun) -> None:
    pid = min(pid for pid, name in site.pids().items() if name == "postgres")
    os.kill(pid, signal.SIGKILL)
    until(lambda: [line for line in site.lines() if "postgres: runs again" in line], within=20)


def test_a_second_run_on_the_same_data_or_port_is_refused_in_one_line(site: MakeRun, tmp_path: Path) -> None:
    same_data = MakeRun(site.data)
    assert same_data.process.wait(20) == 1
    assert same_data.lines()[-1].startswith(
        f"Träffpunkt cannot start: Träffpunkt runs already on {site.data} (process {site.process.pid}): "
    )
    same_port = MakeRun(tmp_path / "var", PORT=str(site.port))
    assert same_port.process.wait(20) == 1
    [line] = same_port.lines()
    assert line == (
        f"Träffpunkt cannot start: port {site.port} on 127.0.0.1 is in use: "
        "stop what holds it, or choose another, as in `make run PORT=8080`"
    )
    assert [entry.name for entry in (tmp_path / "var").iterdir()] == ["lock"]


@LINUX_ONLY
def test_data_and_keys_stay_and_no_process_does(tmp_path: Path) -> None:
    first = MakeRun(tmp_path / "var", DEMO="0").ready()
    assert not [line for line in first.lines() if "demo" in line.lower()]
    kept = (tmp_path / "var" / "keys.json").read_text()
    assert (tmp_path / "var" / "keys.json").stat().st_mode & 0o077 == 0
    pids = first.pids()
    assert {"postgres", "redis-server", "caddy", "catalog-web", "surveys-relay"} <= set(pids.values())
    assert first.end(signal.SIGTERM) == 0
    assert first.lines()[-1] == "Träffpunkt is stopped."
    assert left_of(pids) == {}

    second = MakeRun(tmp_path / "var", DEMO="0").ready()
    assert (tmp_path / "var" / "keys.json").read_text() == kept
    pids = second.pids()
    second.end(signal.SIGKILL)
    until(lambda: left_of(pids) == {})


@LINUX_ONLY
@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests do, who are no root")
def test_an_ordinary_user_runs_it(tmp_path: Path) -> None:
    run = MakeRun(tmp_path / "var", identity="namespace:1:1").ready()
    pids = run.pids()
    assert "postgres" in pids.values()
    assert run.end() == 0
    assert left_of(pids) == {}


@LINUX_ONLY
def test_what_fails_at_the_start_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    run = MakeRun(tmp_path / "var", STANDIN_FAILS="surveys migrate")
    pids: dict[int, str] = {}
    until(lambda: pids.update(run.pids()) or run.process.poll() is not None, within=60)
    assert run.process.wait() == 1
    assert run.lines()[-1] == (
        "Träffpunkt cannot start: surveys migrate failed (exit code 3): surveys cannot migrate: something is missing "
        f"(see {tmp_path}/var/log/surveys-migrate.log)"
    )
    assert left_of(pids) == {}


@LINUX_ONLY
def test_servers_of_one_s_own_are_used_and_an_early_ctrl_c_is_heard(tmp_path: Path, postgres: Postgres, redis: Redis) -> None:
    urls = {f"{service.upper()}_DATABASE_URL": postgres.url(service) for service in SERVICES}
    run = MakeRun(tmp_path / "var", REDIS_URL=redis.url, NOTIFICATIONS_SMTP_URL="smtp://mail.example", **urls)
    until(lambda: run.lines() and "catalog-migrate" in run.pids().values(), within=30)
    pids = run.pids()
    assert run.end() == 0
    assert not {"postgres", "redis-server"} & set(pids.values())
    assert not [line for line in run.lines() if "answers on" in line]
    assert left_of(pids) == {}


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="PORT=99999 is no port"):
        Configuration.from_environment({"PORT": "99999"})
    (tmp_path / "file").touch()
    run = MakeRun(tmp_path / "file" / "var")
    assert run.process.wait(20) == 1
    assert "choose another folder, as in `make run DATA=/other/folder`" in run.lines()[0]


def test_a_full_disk_a_busy_port_and_a_missing_gateway_are_found_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = Configuration.from_environment({"DATA": str(tmp_path), "PORT": str(free_port())})
    check_machine(configuration)
    with socket.create_server(("127.0.0.1", configuration.port)), pytest.raises(CannotStart, match="is in use"):
        check_machine(configuration)
    monkeypatch.setattr("deploy.local.configuration.NEEDED_MEGABYTES", 10**9)
    with pytest.raises(CannotStart, match="make room"):
        check_machine(configuration)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotStart, match="install caddy"):
        gateway()


def test_a_key_from_the_environment_wins_and_is_not_kept(tmp_path: Path) -> None:
    made = keys(tmp_path / "keys.json", {"SEAL_KEY": "mine"})
    assert set(made) == NAMES == set(new_keys())
    assert made["SEAL_KEY"] == "mine"
    again = keys(tmp_path / "keys.json", {})
    assert again["SEAL_KEY"] not in {"mine", ""}
    assert {name: again[name] for name in again if name != "SEAL_KEY"} == {
        name: made[name] for name in made if name != "SEAL_KEY"
    }
