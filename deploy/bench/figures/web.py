"""What the webs answer a second, against a bare FastAPI on the same machine: forms that are kept, and pages."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count, repeat
from urllib.parse import urlencode
from uuid import uuid4

from deploy.bench.filling import Facts
from deploy.bench.floors.running import Floor, floor
from deploy.bench.ground import Ground
from deploy.bench.measure import Load, Measured, get, interleaved, post, requests_a_second
from deploy.bench.report import Result
from deploy.bench.site import site

SECONDS = 1.5
WARM = 0.7
"""Seconds of asking before the first measurement: what is made once is made then."""


def measure(ground: Ground, repeats: int) -> Iterator[Result]:
    """Registrations and survey answers; start page, activity page, form page."""
    with site(ground) as here, ExitStack() as stack:
        bare = stack.enter_context(floor(ground))
        facts = here.facts
        with here.web("registration") as (pid, port):
            web = Web("registration web", pid, port, ground)
            yield _forms("registrations a second, committed with events", web, registrations(facts), bare, repeats, 0.33)
            page = repeat(get(f"/anmalan/{facts.slug}"))
            yield _page("form page", web, page, bare, repeats, 0.15)
        with here.web("surveys") as (pid, port):
            web = Web("surveys web", pid, port, ground)
            yield _forms("survey answers a second", web, answers(facts), bare, repeats, 0.35)
        with here.web("catalog") as (pid, port):
            web = Web("catalog web", pid, port, ground)
            for name, path in (("start page", "/"), ("activity page", f"/aktivitet/{facts.activities[0]}")):
                yield _page(f"{name}, may be cached", web, repeat(get(path)), bare, repeats, 0.5)
                # An address that nobody has asked for before is in no cache.
                anew = (get(f"{path}?n={number}") for number in count())
                yield _page(f"{name}, written anew each time", web, anew, bare, repeats, 0)


class Web:
    """A running web, and the load on it."""

    def __init__(self, name: str, pid: int, port: int, ground: Ground) -> None:
        self.processes = {name: pid, **ground.servers}
        self.load = Load(port)

    def asked(self, requests: Iterator[bytes], *, expect: int, seconds: float = SECONDS) -> Measured:
        """How many requests a second are answered."""
        return requests_a_second(self.load, requests, expect=expect, seconds=seconds, processes=self.processes)


def registrations(facts: Facts) -> Iterator[bytes]:
    """Forms of ever new people, for one activity after the other, from one organisation after the other."""
    for number in count():
        form = {
            "full_name": f"Deltagare {number}",
            "email": f"{uuid4().hex}@deltagare.example",
            "organisation": facts.organisations[number % len(facts.organisations)],
            "activities": facts.activities[number % len(facts.activities)],
            "read_notice": "ja",
            "form_key": uuid4().hex,
            "visat": facts.stamp,
            "webbplats": "",
            "needs": "",
        }
        yield post(f"/anmalan/{facts.slug}", urlencode(form))


def answers(facts: Facts) -> Iterator[bytes]:
    """Every invited person's answer, once."""
    return (post(f"/enkat/{token}", facts.answer) for token in facts.survey_tokens)


def _forms(name: str, web: Web, forms: Iterator[bytes], bare: Floor, repeats: int, target: float) -> Result:
    web.asked(forms, expect=303, seconds=WARM)
    pair = interleaved(lambda: web.asked(forms, expect=303), lambda: bare.posts(SECONDS), repeats)
    return Result.of(name, pair, "/s", target)


def _page(name: str, web: Web, pages: Iterator[bytes], bare: Floor, repeats: int, target: float) -> Result:
    web.asked(pages, expect=200, seconds=WARM)
    pair = interleaved(lambda: web.asked(pages, expect=200), lambda: bare.answers(SECONDS), repeats)
    return Result.of(name, pair, "/s", target)
