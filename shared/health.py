"""`python -m shared.health`: how the whole site is. Asks each service's /healthz and answers for all of them at /healthz.

It is a process of its own behind the gateway, because no service calls another while it serves a request. Standard library only:
it runs in any service's image.

HEALTH_SERVICES  name=address pairs with spaces between, as in "catalog=http://catalog:8001 surveys=http://surveys:8004"
HOST, PORT       where it listens (127.0.0.1:8005)
"""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 3.0
"""Seconds that a service has to answer in, the lookup of its name included."""
LOOKUP = 1.0
"""Seconds for a name server. One that is silent says nothing about the service, which is asked where it was found last."""
FRESH = 1.0
"""Seconds for which an answer holds: many who ask at once cost the services one question."""
MOST = 64 * 1024


class Neighbour:
    """A service at an address such as "http://catalog:8001". Asked by one thread at a time."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._found = ""
        self._lookup: Future[str] | None = None
        self._looking = ThreadPoolExecutor(1)

    def state(self) -> dict[str, Any]:
        """What it says of itself, or that it does not answer and why."""
        try:
            with closing(HTTPConnection(self._find(), self._port, timeout=PATIENCE)) as connection:
                connection.request("GET", "/healthz", headers={"Host": f"{self._host}:{self._port}"})
                answer = connection.getresponse()
                return _read(answer.read(MOST), ok=answer.status == HTTPStatus.OK)
        except (OSError, HTTPException, ValueError) as error:
            return {"status": "unreachable", "reasons": [str(error) or type(error).__name__]}

    def _find(self) -> str:
        if self._lookup is None or self._lookup.done():
            self._lookup = self._looking.submit(socket.gethostbyname, self._host)
        try:
            self._found = self._lookup.result(LOOKUP)
        except TimeoutError:
            if not self._found:
                raise TimeoutError(f"no name server says where {self._host} is") from None
        return self._found


def _read(body: bytes, *, ok: bool) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    state = {"status": "ok"} | said if isinstance(said, dict) else {"status": "ok"}
    return state if ok else state | {"status": "failing"}


def _reasons(state: Mapping[str, Any]) -> list[str]:
    """What the service says is wrong; an error page of its own has a title."""
    return state.get("reasons") or [state.get("detail") or state.get("title") or state["status"]]


class Health:
    """The state of all services, asked at once and kept for a second."""

    def __init__(self, services: Mapping[str, str]) -> None:
        self._services = {name: Neighbour(address) for name, address in services.items()}
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(services)))
        self._asked: dict[str, Future[dict[str, Any]]] = {}
        self._lock = Lock()
        self._asked_at = float("-inf")
        self._answer: dict[str, Any] = {}

    def answer(self) -> dict[str, Any]:
        """`status` is ok when every service's is; else `reasons` tells whose is not, and why."""
        with self._lock:
            if time.monotonic() - self._asked_at > FRESH:
                states = self._states()
                ill = {name: state for name, state in states.items() if state["status"] != "ok"}
                self._answer = {"status": "failing" if ill else "ok", "services": states}
                if ill:
                    self._answer["reasons"] = [f"{name}: {reason}" for name, state in ill.items() for reason in _reasons(state)]
                self._asked_at = time.monotonic()
            return self._answer

    def _states(self) -> dict[str, dict[str, Any]]:
        """Of each service, within `PATIENCE` whatever happens; who still owes an answer from before is not asked again."""
        for name, service in self._services.items():
            if name not in self._asked or self._asked[name].done():
                self._asked[name] = self._pool.submit(service.state)
        wait(self._asked.values(), timeout=PATIENCE)
        late = {"status": "unreachable", "reasons": [f"no answer within {PATIENCE:.0f} s"]}
        return {name: asked.result() if asked.done() else late for name, asked in self._asked.items()}


def make_server(services: Mapping[str, str], host: str, port: int) -> ThreadingHTTPServer:
    """An HTTP server that answers GET and HEAD /healthz with 200 or 503."""
    health = Health(services)

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        server_version = "health"
        sys_version = ""

        def do_GET(self) -> None:
            found = self.path.partition("?")[0] == "/healthz"
            answer = health.answer() if found else {"status": "not found"}
            body = json.dumps(answer, ensure_ascii=False, indent=1).encode() + b"\n"
            self.send_response((200 if answer["status"] == "ok" else 503) if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            """Nothing: who asks for the health is no news."""

    server = ThreadingHTTPServer((host, port), Page)
    server.daemon_threads = True
    return server


def main() -> None:
    """Serve until told to stop."""
    pairs = os.environ.get("HEALTH_SERVICES", "").split()
    services = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if not services or len(services) != len(pairs):
        sys.exit("HEALTH_SERVICES must name the services: catalog=http://127.0.0.1:8001 registration=http://127.0.0.1:8002 …")
    server = make_server(services, os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8005")))
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
    with suppress(KeyboardInterrupt):
        server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
