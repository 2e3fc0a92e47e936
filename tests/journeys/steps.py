"""What staff do through the pages before others can come: shared by the journeys."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.journeys.conftest import Site
from tests.journeys.visitor import Visitor

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ORGANISATIONS = {"Reglab": "Annan organisation", "Region Halland": "Region", "Region Skåne": "Region", "Region Dalarna": "Region"}


@dataclass
class Journey:
    """One way's project, and who has come how far."""

    way: str
    site: Site
    organiser: Visitor
    slug: str
    title: str
    email: str
    starts_at: datetime | None = None
    project_page: str = ""
    survey_page: str = ""
    personal_pages: dict[str, str] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def address(self, name: str) -> str:
        """A participant's own address in this journey."""
        return f"{name.lower().replace(' ', '.')}@{self.slug}.example".translate(str.maketrans("åäö", "aao"))

    def after(self, step: str) -> None:
        """Say that an earlier step has failed, rather than fail for a reason that hides it."""
        assert step in self.done, f"not reached: the step {step!r} failed for {self.way}"


def sign_in(visitor: Visitor, site: Site, email: str) -> None:
    """By a link in a mail, and a button on the page that it opens."""
    earlier = len(site.inbox.list(email, "Logga in"))
    visitor.go("/logga-in")
    visitor.type("E-postadress", email)
    visitor.press("Skicka länk")
    visitor.sees("skickat en länk")
    mail = site.inbox.wait_for(email, "Logga in", beyond=earlier)
    visitor.go(mail.link("/logga-in/"))
    visitor.press("Logga in")
    visitor.sees("Hej,")


def add_staff(administrator: Visitor, *emails: str) -> None:
    """Let the administrator add organisers."""
    for email in emails:
        administrator.go("/arbeta/personal/ny")
        administrator.type("Namn", "Karin Ek")
        administrator.type("E-postadress", email)
        administrator.tick("Projektledare")
        administrator.press("Spara")


def add_organisations(administrator: Visitor) -> None:
    """Fill the register with those of the journeys, if they are not in it."""
    for title, kind in ORGANISATIONS.items():
        administrator.go("/arbeta/organisationer/ny")
        administrator.type("Namn", title)
        administrator.page.get_by_label("Slag").select_option(label=kind)
        administrator.press("Spara")


def write_project(journey: Journey) -> None:
    """A draft, on the form for a new project."""
    organiser = journey.organiser
    organiser.page.get_by_label("Typ").select_option(label="Lärprojekt")
    organiser.type("Namn", journey.title)
    organiser.fill("slug", journey.slug)
    organiser.fill("purpose", "Vi lär oss hur **näringslivet** ställer om.")
    organiser.fill("audience", "Dig som arbetar med regional utveckling.")
    organiser.fill("outcomes", "Deltagarna kan fler sätt att stötta omställning")
    organiser.fill("organisers", "Reglab")
    organiser.fill("leaders", "Reglab\nRegion Halland")
    organiser.press("Spara utkast")
    journey.project_page = organiser.page.url.removeprefix(journey.site.address)


def add_activity(
    journey: Journey,
    *,
    kind: str,
    title: str,
    town: str,
    starts_at: datetime,
    capacity: str,
    number: str = "",
    theme: str = "",
    group: str = "",
    host: str = "Region Halland",
) -> None:
    """Through the form, as an organiser does."""
    organiser = journey.organiser
    organiser.go(f"{journey.project_page}/aktiviteter/ny")
    organiser.page.get_by_label("Typ").select_option(label=kind)
    organiser.fill("title", title)
    organiser.fill("number", number)
    organiser.fill("theme", theme)
    organiser.fill("programme", "09.30 Kaffe och registrering\n10.00 Framsyn 2030 / Kim Ek, Region Exempel")
    organiser.fill("starts_at", starts_at.strftime("%Y-%m-%dT%H:%M"))
    organiser.fill("ends_at", (starts_at + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"))
    organiser.tick("På plats")
    organiser.fill("town", town)
    organiser.fill("host", host)
    organiser.fill("capacity", capacity)
    organiser.fill("seats_per_organisation", "2")
    organiser.fill("last_day", starts_at.strftime("%Y-%m-%d"))
    organiser.tick("Den som kommer för sent får stå i kö")
    if group:
        organiser.page.get_by_label("Valgrupp").select_option(label=group)
    organiser.fill("speakers_women", "2")
    organiser.fill("speakers_men", "1")
    organiser.press("Spara")
    organiser.sees(title)


def publish(journey: Journey) -> None:
    """The project with all its activities."""
    journey.organiser.go(journey.project_page)
    journey.organiser.follow("Publicera")
    journey.organiser.sees("Det här händer")
    journey.organiser.press("Publicera")
