"""Operations staff see trouble that is caused for real, find out why, mend it, and see it written down who did what.

Every page of the console is looked at on the way: with axe, on a desktop, at 320 pixels, and without JavaScript.
"""

import os
import re
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Locator, expect

from shared.testing.poll import until
from tests.journeys.conftest import ADMINISTRATOR, Site
from tests.journeys.insides import SERVICES, Insides
from tests.journeys.participant import Person
from tests.journeys.steps import STOCKHOLM, Journey, add_activity, add_organisations, publish, sign_in, write_project
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.skipif("SITE" in os.environ, reason="breaks what a site of its own stands on")

SLUG = "driften"
NAME, ADDRESS = "Otto Åmark", "otto.amark@driften.example"
LINES = {
    "ylva.odman@driften.example": ("registration", "händelser till notifications", "Händelser till notifications är pausade"),
    "yngve.odman@driften.example": ("notifications", "kön notifications", "Kön notifications är pausad"),
}
"""Where a confirmation to each is stopped: the service whose page it is done on, what is stopped, what is said then."""
PAGES = ["/drift", "/drift/spar"] + [
    f"/drift/{service}{page}" for service in SERVICES for page in ("", "/fel", "/historik", "/avstamning", "/logg")
]


@pytest.fixture(scope="module")
def operator(site: Site, browser: Browser) -> Iterator[Visitor]:
    with Visitor.with_browser(browser, site.address, "desktop") as visitor:
        visitor.looks = False
        sign_in(visitor, site, ADMINISTRATOR)
        yield visitor


@pytest.fixture(scope="module", autouse=True)
def open_form(site: Site, operator: Visitor) -> None:
    """A project that one can register for."""
    journey = Journey("desktop", site, operator, SLUG, "Driften", ADMINISTRATOR)
    add_organisations(operator)
    operator.go("/arbeta/projekt/nytt")
    write_project(journey)
    at = (datetime.now(STOCKHOLM) + timedelta(days=20)).replace(hour=9, minute=0)
    add_activity(journey, kind="Seminarium", title="Driften", town="Luleå", starts_at=at, capacity="5", host="")
    publish(journey)
    operator.looks = True


@pytest.fixture(scope="module")
def broken(site: Site) -> Iterator[psycopg.Connection]:
    """Notifications cannot keep people, so that a registration is not confirmed. A test mends it."""
    with psycopg.connect(Insides(site).databases["notifications"], autocommit=True) as connection:
        connection.execute("ALTER TABLE person ADD CONSTRAINT out_of_order CHECK (false) NOT VALID")
        register(site, NAME, ADDRESS)
        yield connection
        mend(connection)


def mend(connection: psycopg.Connection) -> None:
    connection.execute("ALTER TABLE person DROP CONSTRAINT IF EXISTS out_of_order")


def park(connection: psycopg.Connection) -> bool:
    """As if what failed had been tried to the end of its pauses. False while it is being tried."""
    parked = connection.execute("UPDATE inbox SET state = 'dead', next_at = NULL WHERE state = 'failed'")
    return parked.rowcount == 1


def register(site: Site, name: str, address: str) -> None:
    person = Person(site, SLUG)
    person.register(name, address)
    person.web.close()


def button(visitor: Visitor, name: str) -> Locator:
    """Whatever else a screen reader hears of it."""
    return visitor.page.locator("main").get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first


def panel(visitor: Visitor, service: str) -> Locator:
    return visitor.page.locator(f"section[aria-labelledby={service}-rubrik]")


@pytest.mark.usefixtures("broken")
def test_1_the_sentence_on_top_leads_to_the_failure(operator: Visitor) -> None:
    operator.go("/drift")
    warning = operator.page.locator("[data-verdict=warning]")
    expect(warning).to_contain_text("notifications: Händelser har misslyckats och görs om: 1.", timeout=30_000)
    expect(panel(operator, "catalog")).to_contain_text("I ordning", timeout=30_000)
    operator.look()
    operator.follow("Visa", within=warning)
    operator.sees("CheckViolation")
    operator.page.locator("main").get_by_role("link", name=re.compile("^Läs felet")).click()
    operator.sees("confirm_registration")
    operator.open_details("Händelsens uppgifter")
    operator.sees('"full_name": "…"')
    operator.look()
    shown = operator.page.content()
    assert ADDRESS not in shown
    assert NAME not in shown


@pytest.mark.usefixtures("broken")
def test_2_one_page_says_why_a_person_got_no_mail(operator: Visitor, site: Site) -> None:
    with psycopg.connect(Insides(site).databases["registration"]) as connection:
        [registration] = connection.execute(
            "SELECT r.id FROM registration r JOIN person p ON p.id = r.person_id WHERE p.email_key = %s", [ADDRESS]
        ).fetchall()
    for asked in (ADDRESS, str(registration[0])):
        operator.go("/drift")
        operator.fill("search", asked)
        operator.press("Följ")
        for said in ("Anmälan togs emot", "registration.received sades till notifications", "CheckViolation"):
            expect(operator.page.locator("[data-timeline]")).to_contain_text(said, timeout=30_000)
        expect(operator.page.locator("[data-verdict=warning]")).to_contain_text("notifications: registration.received")
        operator.look()
        assert "otto" not in operator.page.url
    operator.go("/drift/notifications/logg?visa=reads")
    operator.sees("Läste spåret")


def test_3_mended_and_tried_again_it_succeeds_and_stands_in_the_log(
    operator: Visitor, site: Site, broken: psycopg.Connection
) -> None:
    until(lambda: park(broken), within=40, saying="what failed waits for a person")  # nothing else is to be quicker
    assert site.inbox.list(ADDRESS) == []
    operator.go("/drift/notifications/fel")
    operator.sees("1 parkerade")
    button(operator, "Försök gruppen igen …").click()
    operator.look()
    operator.press("Försök igen")
    operator.sees("Ange varför")
    operator.type("Varför försöks de igen?", "Villkoret är borta")
    mend(broken)
    operator.press("Försök igen")
    operator.sees("1 händelse försöks igen nu.")
    site.inbox.wait_for(ADDRESS, "Bekräftelse")
    operator.go("/drift/notifications/fel")
    operator.sees("Inga fel")
    operator.go("/drift/notifications/logg?visa=acts")
    for said in ("Försökte igen", "Villkoret är borta", operator.page.locator(".staff-bar__name").inner_text()):
        operator.sees(said)


@pytest.mark.parametrize("address", LINES)
def test_4_a_line_is_stopped_and_goes_on(operator: Visitor, site: Site, address: str) -> None:
    service, line, said = LINES[address]
    operator.go(f"/drift/{service}")
    operator.page.locator("main").get_by_role("link", name=re.compile(f"{line}$")).first.click()
    operator.type("Varför pausas det?", "Texten rättas")
    operator.press("Pausa")
    operator.sees(said)
    register(site, "Y Ödman", address)
    row = operator.page.locator("tr", has_text="Texten rättas")
    waiting = operator.page.locator("dl.figures div", has_text="Väntar på sin tur").locator("dd")
    count = row.locator("td").first if service == "registration" else waiting
    expect(count).to_have_text("1", timeout=30_000)  # the page keeps itself up to date
    operator.go("/drift")
    expect(operator.page.locator("[data-verdict=warning]")).to_contain_text("Texten rättas", timeout=30_000)
    assert site.inbox.list(address) == []
    operator.go(f"/drift/{service}")
    operator.page.locator("main").get_by_role("button", name=re.compile(f"{line}$")).click()
    operator.sees("Det fortsätter nu, i ordning.")
    site.inbox.wait_for(address, "Driften")


def test_5_a_service_that_is_dead_takes_only_its_own_panel_with_it(operator: Visitor, site: Site) -> None:
    before = len(operator.complaints)
    [web] = [pid for pid in site.processes("surveys") if writes_to(pid, site, "surveys-web")]
    os.kill(web, signal.SIGSTOP)
    try:
        operator.go("/drift")
        danger = operator.page.locator("[data-verdict=danger]")
        expect(danger).to_contain_text("surveys: Tjänsten svarar inte.", timeout=30_000)
        expect(panel(operator, "surveys")).to_contain_text("Tjänsten svarar inte.")
        for service in ("catalog", "registration", "notifications"):
            expect(panel(operator, service)).to_contain_text("in per minut", timeout=30_000)
        operator.look()
    finally:
        os.kill(web, signal.SIGCONT)
    expect(panel(operator, "surveys")).to_contain_text("in per minut", timeout=30_000)
    del operator.complaints[before:]  # what the browser says of a service that does not answer


def writes_to(pid: int, site: Site, log: str) -> bool:
    return Path(f"/proc/{pid}/fd/2").samefile(site.data / "log" / f"{log}.log")


def test_6_every_page_is_fit_for_a_narrow_screen(operator: Visitor) -> None:
    operator.page.set_viewport_size({"width": 320, "height": 640})
    for page in PAGES:
        operator.go(page)
    operator.go("/en/drift/notifications")
    operator.sees("Queues in Redis")


def test_7_it_works_without_scripts(site: Site, browser: Browser) -> None:
    with Visitor.with_browser(browser, site.address, "phone without JavaScript") as visitor:
        sign_in(visitor, site, ADMINISTRATOR)
        for service in SERVICES:
            visitor.go("/drift")
            visitor.follow(service)
            visitor.sees("Allt är i ordning")
            for name in ("Fel", "Historik", "Avstämning", "Driftlogg", "Just nu"):
                visitor.follow(name)
        visitor.go("/drift")
        visitor.fill("search", ADDRESS)
        visitor.press("Följ")
        visitor.follow("registration")
        visitor.sees("Anmälan togs emot")
        visitor.follow("Följ samma id i alla tjänster")
        visitor.follow("notifications")
        visitor.sees("Mejl: Bekräftelse av anmälan")


def test_8_all_is_well_again(operator: Visitor) -> None:
    operator.page.set_viewport_size({"width": 1280, "height": 900})
    operator.go("/drift")
    until(
        lambda: operator.page.locator("[data-verdict=well]").is_visible(),
        within=40,
        every=0.5,
        saying="all services are in order",
    )
