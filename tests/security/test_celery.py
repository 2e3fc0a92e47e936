"""What a worker takes from Redis: JSON, from nobody but us, and nothing that could run code or be read in a list of tasks."""

import base64
import json
import pickle
from dataclasses import replace

import pytest
from celery import Celery
from kombu.exceptions import ContentDisallowed
from kombu.serialization import loads
from redis import Redis as RedisClient

from deploy.local.redis import Redis
from shared.messaging.wire import make_celery, send
from shared.service import Service


@pytest.fixture
def celery(service: Service) -> Celery:
    return make_celery(service)


def test_it_sends_and_takes_nothing_but_json(celery: Celery) -> None:
    assert celery.conf.accept_content == ["json"]
    assert celery.conf.task_serializer == "json"
    assert celery.conf.result_backend is None


@pytest.mark.parametrize("kind", ["application/x-python-serialize", "application/x-yaml", "application/x-msgpack", "text/plain"])
def test_anything_else_is_refused_before_it_is_read(celery: Celery, kind: str) -> None:
    body = base64.b64encode(pickle.dumps(["payload"]))
    accepted = [f"application/{name}" for name in celery.conf.accept_content]
    with pytest.raises(ContentDisallowed):
        loads(body, kind, "binary", accept=accepted)


def test_nobody_can_steer_a_worker_through_redis(celery: Celery) -> None:
    assert celery.conf.worker_enable_remote_control is False
    assert celery.conf.worker_send_task_events is False


def test_a_task_s_arguments_are_not_repeated_where_they_would_be_shown(
    service: Service, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", redis.url)
    celery = make_celery(replace(service))
    send(celery, "x.receive", [{"name": "Åsa Lind"}], queue="test_celery.shown")
    celery.close()
    with RedisClient.from_url(redis.url) as client:
        message = json.loads(client.rpop("test_celery.shown"))
    assert message["content-type"] == "application/json"
    assert message["headers"]["argsrepr"] == message["headers"]["kwargsrepr"] == ""
    assert "Lind" not in json.dumps(message["headers"])
    assert "Lind" in base64.b64decode(message["body"]).decode()
