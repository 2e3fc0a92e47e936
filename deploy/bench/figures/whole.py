"""From a form to its confirmation at the mail server: all four services at work, against the bare web and bare Celery."""

import smtplib
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

from celery import Celery
from redis import Redis

from deploy.bench.figures.web import registrations
from deploy.bench.floors import tasks
from deploy.bench.floors.running import floor
from deploy.bench.ground import Ground
from deploy.bench.measure import Load, Measured, Meter, interleaved
from deploy.bench.report import Result
from deploy.bench.site import Site, site
from deploy.local.configuration import SERVICES

SECONDS = 4.0
WINDOW = 150
"""Registrations under way: posted, and their mail not accepted yet. That it is bounded is what keeps the queues from growing."""
SINGLE = 60


def measure(ground: Ground, repeats: int) -> Iterator[Result]:
    """How many a second, sustained; and how long one takes after its commit."""
    with site(ground) as here, ExitStack() as stack:
        processes: dict[str, int] = {}
        for service in SERVICES:
            for role in ("relay", "worker"):
                processes[f"{service} {role}"] = stack.enter_context(here.running(service, role))
        ports = {}
        for service in SERVICES:
            processes[f"{service} web"], ports[service] = stack.enter_context(here.web(service))
        load = Load(ports["registration"])
        forms = registrations(here.facts)
        _sustained(here, load, forms, processes, 0.5)  # until all are up, and all is made that is made once
        bare = stack.enter_context(floor(ground))
        pair = interleaved(
            lambda: _sustained(here, load, forms, processes | ground.servers, SECONDS), lambda: bare.posts(2.0), repeats
        )
        yield Result.of("registrations a second to the mail's acceptance", pair, "/s", 0.12)

        plain = tasks.make_app_on(ground.redis.url)
        stack.enter_context(ground.process("deploy.bench.floors.tasks"))
        one = Load(ports["registration"], connections=1)
        body = b"Subject: bench\r\n\r\n" + (b"x" * 70 + b"\r\n") * (here.sink.last_size() // 72)
        with (
            Redis.from_url(ground.redis.url, socket_timeout=60) as redis,
            smtplib.SMTP("127.0.0.1", here.smtp_port, local_hostname="bench") as smtp,
        ):
            _plain(plain, redis, smtp, body)
            pair = interleaved(lambda: _one_by_one(here, one, forms), lambda: _plain(plain, redis, smtp, body), repeats)
        yield Result.of("commit to mail accepted, median, one at a time", pair, "ms", 3.0, "lower")


def _sustained(here: Site, load: Load, forms: Iterator[bytes], processes: dict[str, int], seconds: float) -> Measured:
    before = here.sink.count()
    meter = Meter(processes)
    started = time.monotonic()
    done, _ = load.run(_paced(here, forms, before, started + seconds), expect=303)
    took = here.sink.wait_for(before + done) - started
    return Measured(done / took, meter.per_unit(done))


def _paced(here: Site, forms: Iterator[bytes], before: int, until: float) -> Iterator[bytes]:
    """Forms, as fast as their mails leave."""
    for number, form in enumerate(forms, 1):
        if number > WINDOW and number % 10 == 0:
            here.sink.wait_for(before + number - WINDOW)
        if time.monotonic() > until:
            return
        yield form


def _one_by_one(here: Site, load: Load, forms: Iterator[bytes]) -> Measured:
    """Milliseconds from the answer to the form, which comes right after the commit, to the mail server's yes."""
    late = []
    before = here.sink.count()
    for number in range(1, SINGLE + 1):
        load.run(iter([next(forms)]), expect=303)
        answered = time.monotonic()
        late.append(here.sink.wait_for(before + number) - answered)
    return Measured(1000 * statistics.median(late))


def _plain(app: Celery, redis: Redis, smtp: smtplib.SMTP, body: bytes) -> Measured:
    """Milliseconds from before `send_task` to the no-op task's run, and of one mail with a ready-made body."""
    late, mails = [], []
    for _ in range(SINGLE):
        app.send_task("bare.late", [time.time()], queue=tasks.QUEUE)
        late.append(float(redis.blpop([tasks.LATE], timeout=30)[1]))  # type: ignore[index]
        started = time.monotonic()
        smtp.sendmail("bench@traffpunkt.example", "anna.lind@deltagare.example", body)
        mails.append(time.monotonic() - started)
    return Measured(1000 * (statistics.median(late) + statistics.median(mails)))
