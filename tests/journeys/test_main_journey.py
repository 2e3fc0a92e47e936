"""One learning project from publication to its final figures, in a browser: on a desktop, on a phone, and with scripts off.

The steps are tests in order; what one leaves is the next one's ground. The workshop begins a few minutes after it was published:
people can register before it, and attendance can be taken after. Each way of browsing goes as far as that before the next;
when all have, none needs to wait.
"""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx2
import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from shared.testing.poll import until
from tests.journeys.conftest import ADMINISTRATOR, Site
from tests.journeys.inbox import Mail
from tests.journeys.steps import (
    ORGANISATIONS,
    STOCKHOLM,
    Journey,
    add_activity,
    add_organisations,
    add_staff,
    publish,
    sign_in,
    write_project,
)
from tests.journeys.visitor import WAYS, Visitor

SOON = timedelta(minutes=int(os.environ.get("SOON", "3")))
"""From the publication to the workshop: long enough to register. SOON=8 for a machine that does other things too."""
PARTICIPANTS = [
    ("Åsa Lind", "Region Halland"),
    ("Bo Ström", "Region Halland"),
    ("Cia Ek", "Region Skåne"),
    ("Dag Öst", "Region Skåne"),
    ("Eva Sjö", "Region Dalarna"),
    ("Finn Ås", "Tillväxtverket"),
]
VISITS = [
    ("Skog", "Med skogen som resurs", "Karlstad"),
    ("Livsmedel", "En livsmedelskommun", "Kristianstad"),
    ("Bygg och återbruk", "Rymdobservatoriet", "Onsala"),
    ("Industriell symbios", "Eco-Industrial Park", "Norrköping"),
]
GROUP = "Studiebesök: omställning i praktiken"
WORKSHOP = "Vad menar vi med grön omställning?"


@pytest.fixture(scope="module")
def journeys(site: Site, browser: Browser) -> Iterator[dict[str, Journey]]:
    """One journey a way, each with an organiser that the administrator has added."""
    emails = {way: f"karin.{number}@traffpunkt.example" for number, way in enumerate(WAYS)}
    with Visitor.with_browser(browser, site.address, "desktop") as administrator:
        sign_in(administrator, site, ADMINISTRATOR)
        add_staff(administrator, *emails.values())
        add_organisations(administrator)
    visitors = {way: Visitor.with_browser(browser, site.address, way) for way in WAYS}
    again = f"-{int(time.time())}" if "SITE" in os.environ else ""  # a site that runs already may have been walked before
    yield {
        way: Journey(
            way, site, opened.__enter__(), f"omstallning-{number}{again}", f"Grön omställning {number}{again}", emails[way]
        )
        for number, (way, opened) in enumerate(visitors.items())
    }
    for opened in visitors.values():
        opened.__exit__(None, None, None)


@pytest.fixture(params=WAYS, scope="class")
def journey(request: pytest.FixtureRequest, journeys: dict[str, Journey]) -> Journey:
    """The journey in one of the ways."""
    return journeys[request.param]


@pytest.fixture
def participant(journey: Journey, browser: Browser) -> Iterator[Visitor]:
    """Somebody without an account, browsing in the journey's way."""
    with Visitor.with_browser(browser, journey.site.address, journey.way) as somebody:
        yield somebody


class TestUntilItBegins:
    def test_1_the_organiser_signs_in_by_a_mailed_link(self, journey: Journey) -> None:
        sign_in(journey.organiser, journey.site, journey.email)
        journey.done.add("sign in")

    def test_2_a_project_is_written_and_published(self, journey: Journey) -> None:
        journey.after("sign in")
        organiser = journey.organiser
        organiser.follow("Nytt projekt")
        organiser.press("Spara utkast")
        organiser.sees("Det finns 1 fel i formuläret")
        write_project(journey)
        organiser.open_details("Ny valgrupp")
        organiser.fill("group_title", GROUP)
        organiser.tick("En eller flera")
        organiser.press("Lägg till valgruppen")

        journey.starts_at = datetime.now(STOCKHOLM).replace(second=0, microsecond=0) + SOON
        add_activity(
            journey, kind="Workshop", title=WORKSHOP, number="1", town="Luleå", starts_at=journey.starts_at, capacity="20"
        )
        for days, (theme, title, town) in enumerate(VISITS):
            at = (journey.starts_at + timedelta(days=30 + days)).replace(hour=9, minute=0)
            add_activity(
                journey, kind="Studiebesök", title=title, theme=theme, town=town, starts_at=at, capacity="2", group=GROUP
            )

        organiser.go(journey.project_page)
        organiser.follow("Förhandsvisa")
        organiser.sees(WORKSHOP)
        publish(journey)
        journey.done.add("publish")

    def test_3_visitors_find_it(self, journey: Journey, participant: Visitor) -> None:
        journey.after("publish")
        participant.go("/")
        participant.go("/projekt")
        participant.follow(journey.title)
        participant.sees(GROUP)
        participant.follow(WORKSHOP)
        participant.sees("Luleå")
        participant.go("/kalender")
        participant.sees("Med skogen som resurs")
        participant.go("/regioner")
        participant.go("/forslag")
        participant.go(f"/en/projekt/{journey.slug}")
        participant.sees("Study visit")

    def test_4_a_network_is_invited(self, journey: Journey) -> None:
        journey.after("publish")
        organiser, inbox = journey.organiser, journey.site.inbox
        organiser.go("/utskick/listor/ny")
        organiser.type("Listans namn", f"RUS-nätverket {journey.slug}")
        organiser.press("Spara")
        name, organisation = PARTICIPANTS[0]
        organiser.fill("contacts", f"{name} <{journey.address(name)}>; {organisation}\ninte en adress")
        organiser.press("Lägg till")
        organiser.sees(journey.address(name))
        organiser.sees("1 rad kunde inte läsas")

        organiser.go("/utskick/nytt")
        organiser.choose("about", journey.title)
        organiser.tick("Svenska")
        organiser.fill("subject", f"Välkommen till {journey.title}")
        organiser.fill("body", "Hej {namn}!\n\nKom och lär dig mer om **omställning**.")
        organiser.tick(f"RUS-nätverket {journey.slug}")
        organiser.press("Spara och granska")
        organiser.sees("Så ser mejlet ut")
        organiser.press("Skicka ett prov till mig")
        inbox.wait_for(journey.email, f"Välkommen till {journey.title}")
        organiser.follow("Gå vidare till att skicka")
        organiser.press("Skicka till 1 person")
        mail = inbox.wait_for(journey.address(name), f"Välkommen till {journey.title}")
        assert "List-Unsubscribe" in mail.message
        journey.personal_pages["invitation"] = mail.link(f"/anmalan/{journey.slug}")
        until(lambda: organiser.again_sees("Skickat"), saying="the mailing is shown as sent")
        journey.done.add("invite")

    def test_5_people_register_on_the_form(self, journey: Journey, participant: Visitor) -> None:
        journey.after("invite")
        participant.go(journey.personal_pages["invitation"])
        participant.press("Skicka anmälan")
        participant.sees("fel i formuläret")
        name, organisation = PARTICIPANTS[0]
        participant.fill("full_name", name)
        participant.fill("email", "asa.lind@")
        participant.fill("organisation", organisation)
        participant.tick(WORKSHOP)
        participant.tick("Med skogen som resurs")
        participant.tick("Rymdobservatoriet")
        participant.tick("Vegetariskt")
        participant.fill("needs", "Hörslinga")
        participant.tick("Jag har läst hur uppgifterna används")
        participant.press("Skicka anmälan")
        participant.sees("Ange din e-postadress")
        assert participant.page.locator("[name=full_name]").input_value() == name
        participant.fill("email", journey.address(name))
        participant.press("Skicka anmälan")
        participant.sees("Tack")
        participant.sees("Med skogen som resurs")

        # The others in tabs of their own, filled in first and sent after: a form sent within two seconds is taken for a robot's.
        tabs = [fill_in(journey, participant.tab(), *other) for other in PARTICIPANTS[1:]]
        filled_in = time.monotonic()
        until(lambda: time.monotonic() > filled_in + 2, saying="the last form has been open for as long as a person needs")
        for tab in tabs:
            tab.press("Skicka anmälan")
            tab.sees("Tack")
            tab.page.close()
        journey.done.add("register")

    def test_6_one_mail_sums_up_all_seats(self, journey: Journey) -> None:
        journey.after("register")
        for name, _ in PARTICIPANTS:
            confirmation = journey.site.inbox.wait_for(journey.address(name), "Bekräftelse")
            journey.personal_pages[name] = confirmation.link("/anmalan/min/")
        first = journey.site.inbox.wait_for(journey.address(PARTICIPANTS[0][0]), "Bekräftelse")
        for title in (WORKSHOP, "Med skogen som resurs", "Rymdobservatoriet"):
            assert title in first.text
        assert sorted(events(first)) == sorted([WORKSHOP, "Med skogen som resurs", "Rymdobservatoriet"])
        assert len(journey.site.inbox.list(journey.address(PARTICIPANTS[0][0]))) == 2  # the invitation and the confirmation
        journey.done.add("confirm")

    def test_7_a_participant_sees_and_cancels_on_their_own_page(self, journey: Journey, participant: Visitor) -> None:
        journey.after("confirm")
        name = PARTICIPANTS[0][0]
        participant.go(journey.personal_pages[name])
        participant.sees("Med skogen som resurs")
        card = participant.page.locator(".ds-card").filter(has_text="Rymdobservatoriet")
        participant.follow("Avboka", within=card)
        participant.press("Ja, avboka")
        participant.sees("Avbokad")
        journey.site.inbox.wait_for(journey.address(name), "Avbokad")
        journey.done.add("cancel")


class TestOnceItHasBegun:
    def test_8_attendance_is_taken_and_closed(self, journey: Journey) -> None:
        journey.after("cancel")
        organiser = journey.organiser
        organiser.go("/anmalan/arbeta")
        organiser.page.locator(f"h2:has-text('{journey.title}') ~ div").first.get_by_role("link", name=WORKSHOP).click()
        organiser.look()
        for name, _ in PARTICIPANTS:
            organiser.sees(name)
        organiser.sees("Hörslinga")
        organiser.follow("Ta närvaro")
        find(organiser, PARTICIPANTS[0][0], not_=PARTICIPANTS[1][0])
        organiser.press("Alla utan markering är närvarande")
        absentee = organiser.page.get_by_role("group", name=f"Närvaro för {PARTICIPANTS[-1][0]}")
        absentee.locator("label", has_text="Förhindrad").click()
        if not organiser.scripts:
            organiser.press("Spara")
        organiser.sees("5 närvarande")

        assert journey.starts_at is not None
        wait = journey.starts_at - datetime.now(STOCKHOLM)
        close = organiser.page.url.removeprefix(journey.site.address) + "/stang"
        until(
            lambda: datetime.now(STOCKHOLM) >= journey.starts_at,  # type: ignore[operator]
            within=max(wait.total_seconds(), 0) + 5,
            every=0.5,
            saying="the workshop begins",
        )
        organiser.go(close)
        organiser.sees("När du stänger går enkäten till 5 närvarande")
        organiser.press("Stäng närvaron")
        organiser.sees("Närvaron är stängd")
        journey.done.add("attend")

    def test_9_those_present_answer_the_survey(self, journey: Journey, participant: Visitor) -> None:
        journey.after("attend")
        inbox = journey.site.inbox
        for name, _ in PARTICIPANTS[:5]:
            link = inbox.wait_for(journey.address(name), "Vad tyckte du").link("/enkat/")
            participant.go(link)
            if name == PARTICIPANTS[0][0]:
                participant.press("Skicka svaret")
                participant.sees("fel i formuläret")
            for card in participant.page.locator("form fieldset").all():
                card.locator("input").first.check()
            participant.press("Skicka svaret")
            participant.sees("Tack")
            participant.go(link, status=409)
            participant.sees("Du har redan svarat")
        assert inbox.list(journey.address(PARTICIPANTS[5][0]), "Vad tyckte du") == []

        organiser = journey.organiser
        organiser.go(f"/enkat/arbeta?projekt={journey.slug}")
        organiser.page.get_by_role("link", name=WORKSHOP).first.click()
        organiser.look()
        organiser.follow("Stäng enkäten nu")
        organiser.press("Stäng enkäten")
        organiser.sees("100")
        journey.done.add("ask")

    def test_10_the_figures_are_reported(self, journey: Journey, participant: Visitor) -> None:
        journey.after("ask")
        organiser = journey.organiser
        organiser.go(journey.project_page)
        organiser.follow("Siffror och rapport")
        until(lambda: organiser.again_sees("Så här svarade"), saying="the survey's results have reached the catalogue")
        organiser.sees("5 unika deltagare från 3 organisationer har deltagit 5 gånger")
        organiser.follow("Gör slutrapporten")
        organiser.press("Publicera slutrapporten")
        participant.go(f"/projekt/{journey.slug}")
        participant.sees("5 unika deltagare från 3 organisationer har deltagit 5 gånger")
        journey.done.add("report")


def test_11_operations_see_that_all_is_well(site: Site, browser: Browser) -> None:
    with Visitor.with_browser(browser, site.address, "desktop") as operator:
        sign_in(operator, site, ADMINISTRATOR)
        operator.go("/drift")
        told = httpx2.get(f"{site.address}/healthz").json()["services"]
        for service in ("catalog", "registration", "notifications", "surveys"):
            until(
                lambda name=service: "I ordning" in operator.page.locator(f"section[aria-labelledby={name}-rubrik]").inner_text(),  # type: ignore[misc]
                saying=f"{service} is well on the console",
            )
            operator.go(f"/drift/{service}")
            operator.sees("Allt är i ordning")
            workers = operator.page.get_by_role("row").filter(has_text="Svarar arbetare")
            expect(workers).to_have_count(told[service]["workers"])  # one each, or as many containers as there are
            operator.go(f"/drift/{service}/fel")
            operator.sees("Inga fel")
            operator.go("/drift")


def find(organiser: Visitor, name: str, *, not_: str) -> None:
    """In the list at the door, as they type; with a button where there are no scripts. Then all are shown again."""
    everybody = organiser.page.url
    organiser.fill("sok", name)
    if not organiser.scripts:
        organiser.press("Sök")
    expect(organiser.page.get_by_role("group", name=f"Närvaro för {not_}")).to_have_count(0)
    expect(organiser.page.get_by_role("group", name=f"Närvaro för {name}")).to_be_visible()
    organiser.go(everybody)


def fill_in(journey: Journey, tab: Visitor, name: str, organisation: str) -> Visitor:
    """For the workshop alone; "Tillväxtverket" is not in the register, and is proposed."""
    tab.go(f"/anmalan/{journey.slug}")
    tab.fill("full_name", name)
    tab.fill("email", journey.address(name))
    tab.fill("organisation", organisation)
    if organisation not in ORGANISATIONS:
        tab.tick("Min organisation saknas i listan")
    tab.tick(WORKSHOP)
    tab.tick("Jag har läst hur uppgifterna används")
    return tab


def events(mail: Mail) -> list[str]:
    """The titles in the calendar files of a mail, without what is written before them."""
    found = []
    for part in mail.message.walk():
        if part.get_content_type() in {"text/calendar", "application/ics"} and part.get_filename():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            calendar = Calendar.from_ical(payload)
            assert calendar["method"] == "REQUEST"
            found += [str(event["summary"]).rpartition(": ")[2] for event in calendar.walk("VEVENT")]
    return found
