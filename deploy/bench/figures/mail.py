"""How fast queued mails leave, rendering and ledger included, against `smtplib` with a ready-made body to the same server."""

import smtplib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from deploy.bench.ground import Ground
from deploy.bench.measure import Measured, Meter, interleaved
from deploy.bench.report import Result
from deploy.bench.site import Site, site
from services.notifications.handlers import confirm_registration
from services.notifications.service import SERVICE as NOTIFICATIONS
from shared.clock import now
from shared.database import make_engine, make_sessions, new_id
from shared.events.registration import Person, RegistrationReceived, SeatFact
from shared.messaging.waking import Waker
from shared.secrets import new_token, seal

MAILS = 1000


def measure(ground: Ground, repeats: int) -> Iterator[Result]:
    """From the commit that queues them to the last one's acceptance; one worker, one connection."""
    with site(ground) as here, ExitStack() as stack:
        here.use(NOTIFICATIONS)
        relay = stack.enter_context(here.running("notifications", "relay"))
        worker = stack.enter_context(here.running("notifications", "worker"))
        engine = make_engine(ground.postgres.url("notifications"), application_name="bench")
        stack.callback(engine.dispose)
        sessions = make_sessions(engine, "notifications", waker=Waker(ground.redis.url))
        processes = {"worker": worker, "relay": relay, **ground.servers}
        _ours(here, sessions, processes, 40)  # templates are compiled when first used
        body = b"Subject: bench\r\n\r\n" + (b"x" * 70 + b"\r\n") * (here.sink.last_size() // 72)
        with smtplib.SMTP("127.0.0.1", here.smtp_port, local_hostname="bench") as smtp:
            pair = interleaved(lambda: _ours(here, sessions, processes, MAILS), lambda: _bare(smtp, body, MAILS), repeats)
        yield Result.of("mails a second, queued to accepted, rendered", pair, "/s", 0.5)


def _ours(here: Site, sessions: sessionmaker[Session], processes: dict[str, int], count: int) -> Measured:
    before = here.sink.count()
    with sessions.begin() as session:
        for number in range(count):
            confirm_registration(session, _registration(UUID(here.facts.activities[number % len(here.facts.activities)])))
        meter = Meter(processes)
    started = time.monotonic()
    seconds = here.sink.wait_for(before + count) - started
    return Measured(count / seconds, meter.per_unit(count))


def _registration(activity_id: UUID) -> RegistrationReceived:
    """What registration says when a form has come in."""
    person_id = new_id()
    seat = SeatFact(seat_id=new_id(), activity_id=activity_id, state="confirmed", mode="on_site")
    return RegistrationReceived(
        registration_id=new_id(),
        revision=1,
        project_id=new_id(),
        person=Person(person_id=person_id, full_name="Anna Lind", email=f"{person_id.hex}@deltagare.example"),
        organisation_id=new_id(),
        organisation="Region Skåne",
        language="sv",
        sealed_link=seal(f"http://127.0.0.1:8000/anmalan/min/{new_token()}"),
        seats=(seat,),
        received_at=now(),
    )


def _bare(smtp: smtplib.SMTP, body: bytes, count: int) -> Measured:
    started, used = time.monotonic(), time.process_time()
    for _ in range(count):
        smtp.sendmail("bench@traffpunkt.example", "anna.lind@deltagare.example", body)
    return Measured(count / (time.monotonic() - started), {"smtplib": 1e6 * (time.process_time() - used) / count})
