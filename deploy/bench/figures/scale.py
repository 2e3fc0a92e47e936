"""Whether it stays as fast when there is a lot: the same webs with few rows in their tables, and with very many."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count

from deploy.bench.crowd import FEW, MANY, copy_database, fill_catalog, fill_registration
from deploy.bench.figures.web import WARM, Web, registrations
from deploy.bench.ground import Ground
from deploy.bench.measure import get, interleaved
from deploy.bench.report import Result
from deploy.bench.site import Site, site

TARGET = 0.9
LARGE = {"catalog": "catalog_large", "registration": "registration_large"}


def measure(ground: Ground, repeats: int) -> Iterator[Result]:
    """Registration and pages with 1,000,000 registrations and 100,000 activities, against 1,000 and 100."""
    with site(ground) as few:
        many = replace(few, databases=LARGE)
        for service, large in LARGE.items():
            copy_database(ground, service, large)
        for databases, much in (({}, FEW), (LARGE, MANY)):
            fill_catalog(ground, databases.get("catalog", "catalog"), much)
            fill_registration(ground, databases.get("registration", "registration"), much)
        with ExitStack() as stack:
            pair = [_web(stack, each, "registration") for each in (few, many)]
            forms = registrations(few.facts)
            yield _compared("registration, with 1,000,000 in the tables", pair, forms, repeats, expect=303)
            form_page = _anew(f"/anmalan/{few.facts.slug}")
            yield _compared("form page, with 1,000,000 registrations", pair, form_page, repeats, expect=200)
        with ExitStack() as stack:
            pair = [_web(stack, each, "catalog") for each in (few, many)]
            for name, path in (("start page", "/"), ("activity page", f"/aktivitet/{few.facts.activities[0]}")):
                yield _compared(f"{name}, with 100,000 activities", pair, _anew(path), repeats, expect=200)


def _web(stack: ExitStack, site: Site, service: str) -> Web:
    pid, port = stack.enter_context(site.web(service))
    return Web(f"{service} web", pid, port, site.ground)


def _anew(path: str) -> Iterator[bytes]:
    """Addresses that nobody has asked for before: what is kept of a page does not count here."""
    return (get(f"{path}?n={number}") for number in count())


def _compared(name: str, pair: list[Web], requests: Iterator[bytes], repeats: int, *, expect: int) -> Result:
    few, many = pair
    for web in pair:
        web.asked(requests, expect=expect, seconds=WARM)
    measured = interleaved(lambda: many.asked(requests, expect=expect), lambda: few.asked(requests, expect=expect), repeats)
    return Result.of(name, measured, "/s", TARGET)
