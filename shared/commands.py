"""What `python -m services.<name> COMMAND` does: web, worker, relay, migrate, demo. The same image runs them all."""

import argparse
import gc
import os
import signal
import sys
from importlib import import_module

from pydantic import ValidationError
from sqlalchemy import Engine

from shared.database import make_engine, make_sessions
from shared.observability import configure_logging
from shared.service import Service, use
from shared.settings import KernelSettings
from shared.waiting import wait_for_database, wait_for_redis, wait_for_tables


def main(service: Service) -> None:
    """Run one process of `service`; exits with 2 and one clear line when a setting is missing or wrong."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("web", help="serve pages and the JSON API")
    worker = commands.add_parser("worker", help="handle events")
    worker.add_argument("--concurrency", type=int, default=int(os.environ.get("WORKER_CONCURRENCY", "2")))
    commands.add_parser("relay", help="publish the outbox, fire due work")
    commands.add_parser("migrate", help="bring the database to the newest version")
    commands.add_parser("demo", help="load this service's part of the demonstration")
    commands.add_parser("restored", help="say that the database has been restored from an older backup")
    revision = commands.add_parser("revision", help="write a migration from the difference between models and database")
    revision.add_argument("message")
    revision.add_argument("--kernel", action="store_true", help="of the kernel's tables instead of the service's")
    arguments = parser.parse_args()

    use(service)
    settings = _settings(service)
    configure_logging(service.name, arguments.command, settings.log_level)
    # The first process of a container has no default for SIGTERM: without this, one that waits could not be stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    engine = make_engine(settings.database_url, application_name=f"{service.name} {arguments.command}")
    wait_for_database(engine)
    if arguments.command in {"web", "worker", "relay", "demo"}:
        wait_for_tables(service, engine)
    if arguments.command == "web":
        _web(service, engine)
    elif arguments.command == "migrate":
        from shared.migrations import upgrade

        upgrade(service, engine)
    elif arguments.command == "revision":
        from shared.migrations import revision as write_revision

        write_revision(service, engine, arguments.message, kernel=arguments.kernel)
    elif arguments.command == "relay":
        _relay(service, engine)
    elif arguments.command == "worker":
        from shared.messaging.worker import run_worker

        engine.dispose()
        wait_for_redis(settings.redis_url)
        sys.exit(run_worker(service, concurrency=arguments.concurrency))
    elif arguments.command == "restored":
        from shared.messaging.reconciling import after_restore
        from shared.messaging.wire import make_celery

        after_restore(make_celery(service), service, make_sessions(engine, service.name), "said by the command `restored`")
    elif arguments.command == "demo" and service.demo is not None:
        from shared.messaging.waking import Waker

        service.demo(make_sessions(engine, service.name, waker=Waker(settings.redis_url)))


def _settings(service: Service) -> KernelSettings:
    """The service's settings, or the end with one line that says what is wrong."""
    try:
        return service.settings
    except ValidationError as error:
        prefix = service.settings_class.model_config.get("env_prefix", "")
        fields = service.settings_class.model_fields
        problems = "; ".join(
            ": ".join([*(f"{prefix}{name}".upper() if name in fields else str(name) for name in e["loc"]), e["msg"]])
            for e in error.errors(include_input=False)
        )
    except OSError as error:
        problems = f"{error.filename}: {error.strerror}"
    sys.exit(f"{service.name} cannot start: {problems}. Set it in the environment (see .env.example).")


def _relay(service: Service, engine: Engine) -> None:
    from shared.messaging.relay import Relay
    from shared.messaging.waking import Waker
    from shared.messaging.wire import make_celery
    from shared.operations.attendant import Attendant
    from shared.operations.metrics import expose

    sessions = make_sessions(engine, service.name, waker=Waker(service.settings.redis_url))
    Attendant(service, sessions).start()
    expose(service, sessions)
    Relay(service, sessions, make_celery(service)).run()


def _web(service: Service, engine: Engine) -> None:
    import uvicorn

    from shared.messaging.waking import Waker
    from shared.operations.attendant import Attendant

    Attendant(service, make_sessions(engine, service.name, waker=Waker(service.settings.redis_url))).start()
    app = import_module(f"services.{service.name}.app").app
    # What is there now stays: not to be looked through again by every collection, which requests cause all the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    uvicorn.run(
        app,
        host=service.settings.web_host,
        port=service.settings.web_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="*" if service.settings.environment == "production" else "127.0.0.1",
        timeout_graceful_shutdown=10,
    )
