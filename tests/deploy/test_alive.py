"""The image's health check."""

import os
import time
from pathlib import Path

import pytest

from deploy.local.program import free_port
from shared.alive import STALE, beat, is_alive
from shared.health import make_server


def test_a_process_that_does_its_rounds_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "heartbeat"
    monkeypatch.setenv("HEARTBEAT_FILE", str(file))
    beat()
    assert is_alive(file, "1")
    long_ago = time.time() - STALE - 1
    os.utime(file, (long_ago, long_ago))
    assert not is_alive(file, "1")
    beat()
    assert is_alive(file, "1")


def test_nobody_listens_to_the_heart_outside_containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEARTBEAT_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    beat()
    assert list(tmp_path.iterdir()) == []


def test_a_web_that_answers_is_alive_even_if_what_it_stands_on_is_not(tmp_path: Path) -> None:
    from threading import Thread

    server = make_server({"nobody": "http://127.0.0.1:1"}, "127.0.0.1", 0)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        assert is_alive(tmp_path / "none", str(server.server_port))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_web_that_does_not_answer_is_not_alive(tmp_path: Path) -> None:
    assert not is_alive(tmp_path / "none", str(free_port()))
