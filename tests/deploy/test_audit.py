"""A locked package with a known vulnerability stops the build; a service that is away does not."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.audit import LOCK, audit
from tests.deploy.compose import ROOT

WEAK = "six"


class Service(BaseHTTPRequestHandler):
    """Knows a vulnerability of one package; another makes it fail, and a third keeps it thinking."""

    asked: list[str]
    go_on: threading.Event

    def do_POST(self) -> None:
        package = json.loads(self.rfile.read(int(self.headers["content-length"])))["package"]["name"]
        self.asked.append(package)
        if package == "slow":
            self.go_on.wait()
        affected = [{"package": {"name": WEAK, "ecosystem": "PyPI"}}]
        said = {"vulns": [{"id": "TEST-2026-1", "summary": "It is weak.", "affected": affected}]} if package == WEAK else {}
        self.send_response(503 if package == "failing" else 200)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    Service.asked, Service.go_on = [], threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        Service.go_on.set()
        server.shutdown()
        serving.join()


def lock(folder: Path, *packages: str) -> Path:
    file = folder / "test.lock"
    file.write_text("".join(f"{package}==1.0.0 \\\n    --hash=sha256:{'0' * 64}\n" for package in packages))
    return file


def test_a_known_vulnerability_stops_the_build_and_is_named(tmp_path: Path, service: str) -> None:
    may_go_on, said = audit(lock(tmp_path, "wrapt", WEAK), service)
    assert not may_go_on
    assert "TEST-2026-1" in said
    assert sorted(Service.asked) == [WEAK, "wrapt"]


def test_without_one_it_goes_on(tmp_path: Path, service: str) -> None:
    assert audit(lock(tmp_path, "wrapt"), service) == (True, "no known vulnerability in what is locked")


def test_a_service_that_is_away_fails_or_is_slow_does_not_stop_the_build_and_a_line_says_so(tmp_path: Path, service: str) -> None:
    said = [
        audit(lock(tmp_path, "wrapt"), "http://127.0.0.1:1/"),
        audit(lock(tmp_path, "failing"), service),
        audit(lock(tmp_path, "slow"), service, patience=3),
    ]
    assert [may_go_on for may_go_on, _ in said] == [True, True, True]
    assert all(line.startswith("not looked up: http://127.0.0.1:") and "\n" not in line for _, line in said)


def test_what_cannot_be_read_stops_the_build(tmp_path: Path, service: str) -> None:
    may_go_on, said = audit(lock(tmp_path, "not a package"), service)
    assert (may_go_on, Service.asked) == (False, [])
    assert said


def test_the_lock_that_is_looked_up_is_the_one_that_holds_all() -> None:
    assert LOCK == ROOT / "requirements" / "dev.lock"
