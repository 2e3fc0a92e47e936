"""After people have used the site: no name, address, need or link of theirs where it does not belong.

Looked through: every log, what Prometheus gets, the console, the addresses that browsers are sent to, Redis when all is quiet;
and every row of every database, for links and needs that must not be readable there. What the main journey has left is looked
through too.
"""

import base64
import email
import json
import os
import re
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.policy import default
from typing import Any

import httpx2
import psycopg
import pytest
from playwright.sync_api import Browser
from redis import Redis

from shared.testing.poll import until
from tests.journeys.conftest import ADMINISTRATOR, Site
from tests.journeys.insides import SERVICES, Insides
from tests.journeys.participant import Person
from tests.journeys.steps import STOCKHOLM, Journey, add_activity, add_organisations, publish, sign_in, write_project
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.skipif("SITE" in os.environ, reason="looks into the files and databases of a site of its own")

TITLE = "Läckan"
SLUG = "lackan"
NAME, ADDRESS, NEED = "Ylva Ödman", "ylva.odman@lackan.example", "teckenspråkstolk till podiet"
UNLUCKY_NAME, UNLUCKY_ADDRESS = "Otto Åmark", "otto.amark@lackan.example"
LINK = re.compile(r"/(?:logga-in|anmalan/min|enkat|utskick/avanmal)/([\w-]{30,})|inbjudan=([\w-]{20,})")


@pytest.fixture(scope="module")
def administrator(site: Site, browser: Browser) -> Iterator[Visitor]:
    with Visitor.with_browser(browser, site.address, "desktop") as visitor:
        visitor.looks = False
        sign_in(visitor, site, ADMINISTRATOR)
        yield visitor


@pytest.fixture(scope="module")
def visited(site: Site, administrator: Visitor) -> Iterator[list[str]]:
    """Somebody has registered with needs, made mistakes, looked, and cancelled; the addresses that their browser was sent to."""
    journey = Journey("desktop", site, administrator, SLUG, TITLE, ADMINISTRATOR)
    add_organisations(administrator)
    administrator.go("/arbeta/projekt/nytt")
    write_project(journey)
    at = (datetime.now(STOCKHOLM) + timedelta(days=20)).replace(hour=9, minute=0)
    add_activity(journey, kind="Seminarium", title=TITLE, town="Luleå", starts_at=at, capacity="5", host="")
    publish(journey)

    person = Person(site, SLUG)
    person.register(NAME, ADDRESS, NEED)
    person.cancel(site.inbox.wait_for(ADDRESS, "Bekräftelse").link("/anmalan/min/"))
    site.inbox.wait_for(ADDRESS, "Avbokad")
    yield person.addresses
    person.web.close()


@pytest.fixture
def refused(site: Site, visited: list[str]) -> Iterator[None]:
    """A registration whose confirmation the database refuses, and says so with the row in its error; later it is allowed."""
    with psycopg.connect(Insides(site).databases["notifications"], autocommit=True) as connection:
        connection.execute("ALTER TABLE person ADD CONSTRAINT refused CHECK (false) NOT VALID")
        try:
            person = Person(site, SLUG)
            person.register(UNLUCKY_NAME, UNLUCKY_ADDRESS, NEED)
            person.web.close()
            failing = "SELECT error, traceback FROM inbox WHERE state = 'failed'"
            until(lambda: connection.execute(failing).fetchone(), saying="the event has failed")
            yield
        finally:
            connection.execute("ALTER TABLE person DROP CONSTRAINT refused")


@pytest.fixture(scope="module")
def mails(site: Site, visited: list[str]) -> list[email.message.EmailMessage]:
    """Every mail that the site has sent."""
    with urllib.request.urlopen(f"{site.address}/inkorg/api/messages") as answer:
        numbers = [row["id"] for row in json.load(answer)]
    found = []
    for number in numbers:
        with urllib.request.urlopen(f"{site.address}/inkorg/api/messages/{number}") as answer:
            found.append(email.message_from_bytes(answer.read(), policy=default))
    return found


@pytest.fixture(scope="module")
def links(mails: list[email.message.EmailMessage]) -> set[str]:
    """The secret part of every link in every mail."""
    found: set[str] = set()
    for mail in mails:
        for part in mail.walk():
            if part.get_content_type() in {"text/plain", "text/html"}:
                found.update(filter(None, sum(LINK.findall(part.get_content()), ())))
    assert len(found) >= 2
    return found


@pytest.fixture(scope="module")
def private(mails: list[email.message.EmailMessage], links: set[str]) -> set[str]:
    """What must not be found: links, needs, and participants' names and addresses."""
    people = {mail["to"].addresses[0].addr_spec for mail in mails}
    addresses = {address for address in people if not address.endswith("@traffpunkt.example")}
    assert ADDRESS in addresses
    return links | addresses | {NAME, NAME.split()[1], UNLUCKY_NAME, UNLUCKY_NAME.split()[1], UNLUCKY_ADDRESS, NEED}


def leaks(text: str, private: set[str]) -> list[str]:
    return sorted(secret for secret in private if secret in text)


@pytest.mark.usefixtures("refused")
def test_no_page_of_the_console_holds_them_not_even_of_an_event_that_fails(administrator: Visitor, private: set[str]) -> None:
    seen: dict[str, str] = {}
    waiting = ["/drift", *(f"/drift/{service}" for service in SERVICES), *(f"/drift/{service}/fel" for service in SERVICES)]
    while waiting and len(seen) < 60:
        address = waiting.pop(0)
        if address in seen:
            continue
        administrator.go(address)
        seen[address] = administrator.page.content()
        assert leaks(seen[address], private) == [], address
        hrefs = administrator.page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
        waiting += [href.partition("#")[0] for href in hrefs if href.startswith("/drift") and "spar" not in href]
    assert [address for address, page in seen.items() if "registration.received" in page and "CheckViolation" in page]


def test_no_log_holds_them(site: Site, private: set[str]) -> None:
    logs = [file for file in site.data.rglob("*.log*") if file.is_file()]
    assert {"registration-web.log", "notifications-worker.log", "gateway.log", "postgres.log"} <= {file.name for file in logs}
    found = {file.name: leaks(file.read_text(errors="replace"), private) for file in logs}
    assert {name: leaked for name, leaked in found.items() if leaked} == {}


def test_no_measurement_holds_them(site: Site, private: set[str]) -> None:
    for service, address in Insides(site).webs.items():
        measured = httpx2.get(f"{address}/metrics").text
        assert "traffpunkt_http_request_seconds" in measured
        assert leaks(measured, private) == [], service


def test_no_address_that_a_browser_is_sent_to_holds_a_name_or_a_mail_address(visited: list[str]) -> None:
    assert any("/anmalan/min/" in address for address in visited)
    assert leaks(" ".join(visited), {NAME, NAME.split()[1], ADDRESS, ADDRESS.replace("@", "%40"), NEED}) == []


def test_redis_holds_none_of_them_when_all_is_quiet(site: Site, private: set[str]) -> None:
    with Redis.from_url(Insides(site).redis, decode_responses=True) as redis:

        def kept() -> str:
            return " ".join(f"{key} {content(redis, key)}" for key in redis.scan_iter())

        until(lambda: not leaks(kept(), private), within=20, saying="every message has been taken")


def content(redis: Any, key: str) -> str:
    """What a key holds, with the bodies of messages opened."""
    if redis.type(key) == "list":
        said = " ".join(redis.lrange(key, 0, -1))
    elif redis.type(key) == "hash":
        said = " ".join(redis.hvals(key))
    else:
        said = redis.get(key) or "" if redis.type(key) == "string" else ""
    bodies = re.findall(r'"body": ?"([A-Za-z0-9+/=]+)"', said.replace('\\"', '"'))
    return " ".join([said, *(base64.b64decode(body).decode(errors="replace") for body in bodies)])


def test_no_database_holds_a_link_or_a_need_that_can_be_read(site: Site, links: set[str]) -> None:
    pattern = "|".join(re.escape(secret) for secret in {*links, NEED})
    found = []
    for service, url in Insides(site).databases.items():
        with psycopg.connect(url) as connection:
            tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            assert "outbox" in tables
            for table in tables:
                rows = connection.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ~ %s', [pattern]).fetchone()
                if rows and rows[0]:
                    found.append(f"{service}.{table}: {rows[0]}")
    assert found == []
