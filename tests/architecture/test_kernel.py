"""What every service gets from the kernel, and what it gives it: tables, tasks, queues, looks."""

import pytest
from sqlalchemy import text

from shared.messaging.wire import make_celery
from shared.messaging.worker import build_worker
from shared.migrations import differences
from shared.service import Service
from shared.testing import Databases
from tests.services import SERVICES

WIRE = ("receive", "retry", "acknowledge", "canary", "compare", "differs", "missing", "gone", "misnumbered", "verify")
every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


@every_service
def test_migrations_make_the_tables_that_the_models_say(service: Service, databases: Databases) -> None:
    with databases.engine(service).connect() as connection:
        assert differences(service, connection) == []


@every_service
def test_celery_carries_json_and_nothing_else(service: Service) -> None:
    conf = make_celery(service).conf
    assert list(conf.accept_content) == ["json"]
    assert conf.task_serializer == "json"
    assert conf.result_backend is None
    assert conf.task_ignore_result
    assert not conf.worker_enable_remote_control
    assert not conf.worker_send_task_events


@every_service
def test_its_worker_knows_the_wire_tasks_and_all_that_it_looks_for(service: Service) -> None:
    app, _ = build_worker(service)
    tasks = {name for name in app.tasks if name.startswith(f"{service.name}.")}
    wire = {f"{service.name}.{task}" for task in WIRE}
    assert tasks == wire | {look.task for look in service.looks}
    consumed = set(app.amqp.queues.consume_from)
    assert {service.queue, *(look.queue for look in service.looks)} <= consumed
    assert len(consumed) == 2 + len(service.extra_queues), "its own, its extra ones, and its canary's"


@every_service
def test_its_looks_are_answered_by_the_database(service: Service, databases: Databases) -> None:
    with databases.engine(service).connect() as connection:
        for look in service.looks:
            assert connection.execute(text(f"SELECT ({look.when})")).scalar_one() in {True, False}
