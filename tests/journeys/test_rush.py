"""A popular activity opens: fifty people send the form at the same moment for twenty seats, at most two an organisation.

And one who comes when the service that sends mail is stopped.
"""

import os
import re
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpx2
import pytest
from playwright.sync_api import Browser

from shared.testing.poll import until
from tests.journeys.conftest import ADMINISTRATOR, Site
from tests.journeys.participant import offers
from tests.journeys.steps import STOCKHOLM, Journey, add_activity, add_organisations, publish, sign_in, write_project
from tests.journeys.visitor import Visitor

PEOPLE = 50
SEATS = 20
ORGANISATIONS = 15
TITLE = "Rusningen"


@pytest.fixture(scope="module")
def rush(site: Site, browser: Browser) -> Journey:
    """A published activity with twenty seats."""
    with Visitor.with_browser(browser, site.address, "desktop") as administrator:
        administrator.looks = False
        sign_in(administrator, site, ADMINISTRATOR)
        journey = Journey("desktop", site, administrator, "rusning", TITLE, ADMINISTRATOR)
        add_organisations(administrator)  # refused, with a clear error, where the register has them
        for number in range(ORGANISATIONS):
            administrator.go("/arbeta/organisationer/ny")
            administrator.type("Namn", organisation(number))
            administrator.page.get_by_label("Slag").select_option(label="Kommun")
            administrator.press("Spara")
        administrator.go("/arbeta/projekt/nytt")
        write_project(journey)
        at = (datetime.now(STOCKHOLM) + timedelta(days=20)).replace(hour=9, minute=0)
        add_activity(journey, kind="Seminarium", title=TITLE, town="Luleå", starts_at=at, capacity=str(SEATS), host="")
        publish(journey)
    return journey


def organisation(number: int) -> str:
    """The name of one of the organisations."""
    return f"Rusningens kommun {number:02}"


def address(person: int) -> str:
    """A person's own address."""
    return f"person.{person}@rusning.example"


def test_fifty_people_at_once_for_twenty_seats(rush: Journey) -> None:
    form = f"{rush.site.address}/anmalan/{rush.slug}"
    until(lambda: offers(httpx2.get(form)), saying="the form is open")
    forms = shown_forms(form, PEOPLE)

    def send(person: int) -> str:
        return sent(form, forms[person], person)

    with ThreadPoolExecutor(PEOPLE) as crowd:
        answers = list(crowd.map(send, range(PEOPLE)))

    got = Counter(state(answer) for answer in answers)
    assert got == {"Bekräftad": SEATS, "I kö": PEOPLE - SEATS}
    seats = Counter(person % ORGANISATIONS for person, answer in enumerate(answers) if state(answer) == "Bekräftad")
    assert max(seats.values()) <= 2

    inbox = rush.site.inbox
    for person in range(PEOPLE):
        inbox.wait_for(address(person), "Bekräftelse" if state(answers[person]) == "Bekräftad" else "Du står i kö", within=60)
    assert sum(len(inbox.list(address(person))) for person in range(PEOPLE)) == PEOPLE


def test_with_notifications_stopped_the_others_serve_and_the_mail_comes_later(rush: Journey) -> None:
    form = f"{rush.site.address}/anmalan/{rush.slug}"
    [fields] = shown_forms(form, 1)
    stopped = rush.site.processes("notifications")
    assert len(stopped) >= 3, "web, worker and relay"
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        assert state(sent(form, fields, PEOPLE)) == "I kö"
        for page in ("/", "/kalender", f"/projekt/{rush.slug}", f"/anmalan/{rush.slug}"):
            assert httpx2.get(rush.site.address + page, timeout=30).status_code == 200
        assert httpx2.get(f"{rush.site.address}/enkat/arbeta", timeout=30).status_code == 303
        assert rush.site.inbox.list(address(PEOPLE)) == []
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)
    rush.site.inbox.wait_for(address(PEOPLE), "Du står i kö", within=90)


def shown_forms(form: str, count: int) -> list[dict[str, str]]:
    """So many forms, each with its hidden fields, shown for as long as a person needs to fill one in."""
    forms = [hidden_fields(httpx2.get(form).text) for _ in range(count)]
    shown_at = time.monotonic()
    until(lambda: time.monotonic() > shown_at + 2.1, saying="nobody fills in a form within two seconds")
    return forms


def sent(form: str, hidden: dict[str, str], person: int) -> str:
    """The page that a person gets who has sent the form."""
    fields = hidden | {
        "full_name": f"Person {person}",
        "email": address(person),
        "organisation": organisation(person % ORGANISATIONS),
        "read_notice": "ja",
    }
    answer = httpx2.post(form, data=fields, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True, timeout=60)
    assert answer.status_code == 200, answer.text[:3000]
    return answer.text


def hidden_fields(page: str) -> dict[str, str]:
    """What the form carries unseen, and the one activity that it offers."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    chosen = re.search(
        r'<input class="ds-input" type="checkbox" id="(activities\w*)-[0-9a-f-]+" name="\w+" value="([0-9a-f-]{36})"', page
    )
    assert chosen, page
    return {**fields, chosen[1]: chosen[2]}


def state(page: str) -> str:
    """Whether the thanks page says that the seat is confirmed or that one waits."""
    found = re.search(r"Bekräftad|I kö", page)
    assert found, page
    return found[0]
