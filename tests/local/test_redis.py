"""Redis from the wheel."""

import re
from pathlib import Path

import pytest
import redis as client

from deploy.local.program import CannotStart
from deploy.local.redis import Redis, redis_server


def test_it_keeps_its_data_over_stop_and_start(tmp_path: Path) -> None:
    with Redis(tmp_path / "with space") as server:
        with client.Redis.from_url(server.url) as connection:
            connection.rpush("catalog", "first", "second")
        url = server.url
        server.restart()
        with client.Redis.from_url(server.url) as connection:
            assert connection.lrange("catalog", 0, -1) == [b"first", b"second"]
            assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert b"graph" not in {module[b"name"] for module in connection.module_list()}
        assert server.url == url


def test_who_does_not_know_the_password_is_refused(redis: Redis) -> None:
    with client.Redis.from_url(re.sub(r":[^:@]*@", "", redis.url)) as connection, pytest.raises(client.AuthenticationError):
        connection.ping()


def test_the_password_is_not_for_others_to_read(tmp_path: Path) -> None:
    server = Redis(tmp_path)
    server.prepare()
    assert (tmp_path / "redis.conf").stat().st_mode & 0o077 == 0


def test_a_platform_without_it_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotStart, match="set REDIS_URL"):
        redis_server()
