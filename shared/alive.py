"""`python -m shared.alive`: whether this container's process works; the image's health check. Standard library only.

A worker or relay touches HEARTBEAT_FILE on each of its rounds; a web answers on PORT, whatever it answers: what it waits for is
told by /healthz, and cannot be healed by starting it anew.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

STALE = 60.0
"""Seconds without a round after which a process is taken for stuck."""
PATIENCE = 4.0


def beat() -> None:
    """Say that a round is done. Does nothing where nobody listens."""
    if file := os.environ.get("HEARTBEAT_FILE"):
        Path(file).touch()


def is_alive(file: Path, port: str) -> bool:
    """By the file's age if there is one, else by asking the web."""
    try:
        return time.time() - file.stat().st_mtime < STALE
    except FileNotFoundError:
        return _answers(f"http://127.0.0.1:{port}/healthz")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE):  # noqa: S310 (our own address)
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not is_alive(Path(os.environ.get("HEARTBEAT_FILE", "/tmp/heartbeat")), os.environ.get("PORT", "8000")))  # noqa: S108
