"""Forks our Python processes from one that has imported the libraries: `python -m` without two seconds of imports each.

A site is some twenty Python processes: webs, workers, relays, migrations, the demonstration. Importing FastAPI, Celery and
SQLAlchemy costs each of them two to three seconds of processor time; forked, they share it, and the memory of what was imported:
libraries, the kernel, and all services but their apps, which are made from settings. So what was changed in a file is run by the
next `make run`. Linux only; elsewhere the processes are started one by one.

Requests (JSON, one a packet) come from the socket that is given as file descriptor; pids and return codes are answered.
"""

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any

LIBRARIES = (
    "anyio._backends._asyncio",
    "billiard.popen_fork",
    "billiard.sharedctypes",
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.apps.worker",
    "celery.backends.base",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.fixups.django",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.consumer.delayed_delivery",
    "celery.worker.strategy",
    "encodings.idna",
    "httptools",
    "jinja2.ext",
    "kombu.transport.redis",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.main",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
    "uvloop",
)
"""What the kernel and the services do not import by themselves, but the processes that they become do."""
KERNEL = (
    "shared.commands",
    "shared.messaging.relay",
    "shared.messaging.transport",
    "shared.messaging.worker",
    "shared.migrations",
    "shared.operations.attendant",
    "shared.operations.metrics",
    "shared.operations.pages",
    "shared.web.app",
)
SERVICES = ("services.catalog", "services.registration", "services.notifications", "services.surveys")
NEEDS_SETTINGS = ("app", "__main__")
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
PACKET = 1 << 20

Request = dict[str, Any]


def prepare() -> None:
    """Import, and have the models find each other. What cannot be imported, the process that needs it says in its own log."""
    for module in (*LIBRARIES, *KERNEL):
        _try(module)
    for service in SERVICES:
        for _, module, _ in pkgutil.walk_packages(getattr(_try(service), "__path__", ()), f"{service}.", onerror=lambda _: None):
            if module.rpartition(".")[2] not in NEEDS_SETTINGS:
                _try(module)
        with suppress(Exception):
            importlib.import_module("shared.migrations").known_migrations(service.rpartition(".")[2])
    importlib.import_module("sqlalchemy.orm").configure_mappers()


def _try(module: str) -> ModuleType | None:
    try:
        return importlib.import_module(module)
    except Exception:
        return None


def serve(channel: socket.socket) -> Request | None:
    """Fork as asked. Returns the request in each forked process, and nothing in the nursery when the channel is closed."""
    wakeup_read, wakeup_write = socket.socketpair()
    for end in (wakeup_read, wakeup_write):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakeup_write.fileno())
    children: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        selector.register(wakeup_read, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if channel in ready:
                packet = channel.recv(PACKET)
                if not packet:
                    return None
                request: Request = json.loads(packet)
                pid = os.fork()
                if pid == 0:
                    break
                children[pid] = request["id"]
                _say(channel, id=request["id"], pid=pid)
            if wakeup_read in ready:
                wakeup_read.recv(4096)
            for pid, returncode in _ended():
                _say(channel, id=children.pop(pid), returncode=returncode)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for end in (channel, wakeup_read, wakeup_write):
        end.close()
    return request


def _say(channel: socket.socket, **words: int) -> None:
    with suppress(OSError):
        channel.send(json.dumps(words).encode())


def _ended() -> list[tuple[int, int]]:
    found = []
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found.append((ended[0], os.waitstatus_to_exitcode(ended[1])))
    return found


def settle(request: Request, nursery: int) -> None:
    """Become the process that was asked for: session, name, output, environment; and die with the nursery."""
    os.setsid()
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, request["death_signal"], 0, 0, 0)
    if os.getppid() != nursery:
        os._exit(1)
    libc.prctl(PR_SET_NAME, request["name"].replace(" ", "-").encode()[:15], 0, 0, 0)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv[1:] = request["arguments"]


def main() -> None:
    """Import, serve, and in a forked process run the module that it was asked for, to the end of this interpreter."""
    nursery = os.getpid()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    channel = socket.socket(fileno=int(sys.argv[1]))
    prepare()
    gc.collect()
    gc.freeze()  # what is there now is never looked at again: the forked processes go on sharing it
    request = serve(channel)
    if request is not None:
        settle(request, nursery)
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
