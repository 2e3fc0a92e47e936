"""The health of the site, asked of real servers."""

import json
import os
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deploy.local.configuration import ROOT
from deploy.local.program import free_port, python
from shared import health
from shared.testing import until


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def service(status: int, body: bytes) -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Page)) as address:
        yield address


def answer(services: dict[str, str], path: str = "/healthz") -> tuple[int, Any]:
    with served(health.make_server(services, "127.0.0.1", 0)) as address:
        try:
            with urllib.request.urlopen(address + path) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


def test_a_service_that_answers_drop_by_drop_holds_nobody_up() -> None:
    done = threading.Event()

    class Drop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            while not done.wait(0.1):
                self.wfile.write(b"H")

        def log_message(self, *arguments: object) -> None:
            pass

    with service(200, b'{"status": "ok"}') as catalog, served(ThreadingHTTPServer(("127.0.0.1", 0), Drop)) as surveys:
        status, said = answer({"catalog": catalog, "surveys": surveys})
        done.set()
    assert (status, said["reasons"]) == (503, ["surveys: no answer within 3 s"])
    assert said["services"]["catalog"] == {"status": "ok"}


def test_all_well_is_200_with_each_state() -> None:
    with service(200, b'{"status": "ok", "workers": 2}') as catalog, service(200, b"fine") as surveys:
        assert answer({"catalog": catalog, "surveys": surveys}) == (
            200,
            {"status": "ok", "services": {"catalog": {"status": "ok", "workers": 2}, "surveys": {"status": "ok"}}},
        )


def test_one_ill_service_is_503_with_the_reason() -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with (
        service(200, b'{"status": "ok"}') as catalog,
        service(503, b'{"reasons": ["no worker answers", "no relay answers"]}') as surveys,
    ):
        status, body = answer({"catalog": catalog, "surveys": surveys, "notifications": nobody})
    assert status == 503
    assert body["services"]["surveys"] == {"reasons": ["no worker answers", "no relay answers"], "status": "failing"}
    assert body["services"]["notifications"]["status"] == "unreachable"
    assert body["reasons"][:2] == ["surveys: no worker answers", "surveys: no relay answers"]
    assert body["reasons"][2].startswith("notifications: ")


def test_a_service_that_does_not_answer_in_time_is_said_to_be_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.2)
    silent = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # takes connections, and never answers
    try:
        status, body = answer({"catalog": f"http://127.0.0.1:{silent.server_address[1]}"})
    finally:
        silent.server_close()
    assert (status, body["services"]["catalog"]["status"]) == (503, "unreachable")


def test_a_silent_name_server_says_nothing_about_a_service_that_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOOKUP", 0.1)
    look_up, answers = socket.gethostbyname, threading.Event()

    def slow(name: str) -> str:
        answers.wait()
        return look_up(name)

    with service(200, b"{}") as address:
        catalog = health.Neighbour(address.replace("127.0.0.1", "localhost"))
        assert catalog.state() == {"status": "ok"}
        monkeypatch.setattr(socket, "gethostbyname", slow)
        assert catalog.state() == {"status": "ok"}
        stranger = health.Neighbour(address.replace("127.0.0.1", "localhost"))
        assert stranger.state() == {"status": "unreachable", "reasons": ["no name server says where localhost is"]}
        answers.set()
        until(lambda: stranger.state() == {"status": "ok"})


def test_nothing_else_is_served() -> None:
    assert answer({}, "/metrics")[0] == 404


def test_as_a_process_it_needs_to_know_the_services_and_stops_when_told() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "HEALTH_SERVICES"}
    done = subprocess.run(python("shared.health"), cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "HEALTH_SERVICES must name" in done.stderr) == (1, True)
    port = free_port()
    with service(200, b"{}") as catalog:
        environment |= {"HEALTH_SERVICES": f"catalog={catalog}", "PORT": str(port)}
        with subprocess.Popen(python("shared.health"), cwd=ROOT, env=environment) as process:
            until(lambda: health.Neighbour(f"http://127.0.0.1:{port}").state()["status"] == "ok")
            process.terminate()
            assert process.wait(5) == 0
