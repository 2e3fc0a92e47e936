"""The organiser's pages: plan, preview, publish, change, follow, report. Forms keep what was typed and say what is wrong."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.models import Project
from shared.events.catalog import ActivityReleased, ProjectPublished
from shared.i18n import local
from shared.testing import Client, recorded
from tests.catalog.cast import ACTIVITY, KARIN, PROJECT, START, TODAY, Cast, over


def test_from_an_empty_form_to_a_public_project(organiser: Client, session: Session) -> None:
    assert "Du har inget projekt än" in organiser.get("/arbeta").text
    made = organiser.post("/arbeta/projekt/nytt", data=PROJECT)
    assert made.status_code == 303
    project = session.scalars(select(Project)).one()
    home = f"/arbeta/projekt/{project.id}"
    assert made.headers["location"] == home
    assert (project.responsible_id, project.slug, project.organiser_names) == (
        KARIN,
        "gron-omstallning",
        "Reglab och Region Gävleborg",
    )
    assert [outcome.text for outcome in project.outcomes] == ["Ett", "Två"]
    page = organiser.get(home).text
    assert "Lägg till minst en aktivitet." in page
    assert "Inga aktiviteter än" in page
    assert "Det här saknas" in organiser.get(f"{home}/publicera").text
    assert organiser.post(f"{home}/publicera").status_code == 409

    assert organiser.post(f"{home}/aktiviteter/ny", data=ACTIVITY).headers["location"] == home
    preview = organiser.get(f"{home}/forhandsvisa").text
    assert "Förhandsvisning" in preview
    assert "Vad menar vi?" in preview
    assert organiser.get("/projekt/gron-omstallning").status_code == 404

    confirm = organiser.get(f"{home}/publicera").text
    assert "Projektet och dess aktivitet blir synliga för alla." in confirm
    assert "Anmälan öppnar genast till en av dem." in confirm
    assert organiser.post(f"{home}/publicera").status_code == 303
    assert "Projektet är publicerat" in organiser.get(home).text
    assert organiser.get("/projekt/gron-omstallning").status_code == 200
    [event] = recorded(session, ActivityReleased)
    assert (event.title, event.place, event.host, event.capacity) == ("Vad menar vi?", "Luleå", "Region Gävleborg", 40)
    assert local(event.starts_at) == START
    assert local(event.last_day).strftime("%H:%M") == "00:00"
    assert [entry.speaker for entry in event.programme] == ["", "Kim Ek"]


def test_the_previews_look_as_the_public_pages_will(organiser: Client, session: Session, cast: Cast) -> None:
    project = cast.project()
    activity = cast.activity(project)
    session.commit()

    def main(address: str) -> str:
        page = organiser.get(address).text.partition("<main")[2].partition("</main>")[0]
        return page.partition("<h1")[2].replace(f"/arbeta/aktivitet/{activity.id}/forhandsvisa", f"/aktivitet/{activity.id}")

    pages = (f"/arbeta/projekt/{project.id}/forhandsvisa", f"/arbeta/aktivitet/{activity.id}/forhandsvisa")
    before = [main(page) for page in pages]
    organiser.post(f"/arbeta/projekt/{project.id}/publicera")
    organiser.cookies.clear()
    assert [main(f"/projekt/{project.slug}"), main(f"/aktivitet/{activity.id}")] == before


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"title": ""}, "title", "Ange projektets namn"),
        ({"kind": "party"}, "kind", "Välj ett av alternativen"),
        ({"slug": "Åäö!"}, "slug", "Skriv adressen med små bokstäver"),
        ({"organisers": "Reglab\nRegion Skane"}, "organisers", "Region Skane finns inte i registret. Menade du Region Skåne?"),
        ({"leaders": "Kim Ek, Okänd"}, "leaders", "Okänd finns inte i registret. Kontrollera stavningen"),
        ({"slug": "upptagen"}, "slug", "Adressen upptagen används redan"),
    ],
)
def test_a_bad_project_form_says_what_to_do(
    organiser: Client, session: Session, cast: Cast, change: dict[str, str], field: str, says: str
) -> None:
    cast.project("Annat", slug="upptagen")
    session.commit()
    answer = organiser.post("/arbeta/projekt/nytt", data=PROJECT | change)
    assert answer.status_code == 422
    assert f'href="#{field}">{says}' in answer.text
    assert f'id="{field}-fel"' in answer.text
    assert "<title>Fel: " in answer.text
    assert "Därför.</textarea>" in answer.text
    assert len(session.scalars(select(Project)).all()) == 1


def test_a_published_project_is_changed_in_public(organiser: Client, session: Session, cast: Cast) -> None:
    project = cast.published()
    session.commit()
    address = f"/arbeta/projekt/{project.id}/redigera"
    assert "Spara och publicera ändringen" in organiser.get(address).text
    answer = organiser.post(address, data=PROJECT | {"version": "1"})
    assert answer.status_code == 303
    assert [event.title for event in recorded(session, ProjectPublished)] == ["Lärlabb: Hållbar utveckling", "Grön omställning"]
    again = organiser.post(address, data=PROJECT | {"version": "1"})
    assert again.status_code == 422
    assert "Någon annan har sparat ändringar medan du skrev." in again.text


def test_drafts_are_thrown_away_by_a_button(organiser: Client, session: Session, cast: Cast) -> None:
    project = cast.project()
    activity = cast.activity(project)
    session.commit()
    assert organiser.post(f"/arbeta/aktivitet/{activity.id}/ta-bort").headers["location"] == f"/arbeta/projekt/{project.id}"
    assert organiser.post(f"/arbeta/projekt/{project.id}/ta-bort").headers["location"] == "/arbeta"
    assert session.scalars(select(Project)).all() == []


def test_figures_are_shown_while_running_and_frozen_by_the_report(organiser: Client, session: Session, cast: Cast) -> None:
    project = cast.published("Projekt", over(20, title="Först"), over(10, title="Sedan"), {"title": "Kommer"})
    first = project.activities[0]
    session.commit()
    home = f"/arbeta/projekt/{project.id}"
    assert "Inga siffror än" in organiser.get(f"{home}/siffror").text
    assert "Det finns ingen närvaro att redovisa än" in organiser.get(f"{home}/slutrapport").text
    assert organiser.post(f"{home}/slutrapport").status_code == 409

    cast.attended(first, (uuid4(), cast.reglab.id), (uuid4(), cast.skane.id), excused=1)
    cast.answered(first)
    session.commit()
    page = organiser.get(f"{home}/siffror").text
    for text in (
        "2 unika deltagare från 2 organisationer har deltagit 2 gånger.",
        "Så räknas siffrorna",
        "Olika personer som har varit närvarande minst en gång.",
        "Närvaron är inte stängd för allt som har hållits",
        "Mycket bra",
    ):
        assert text in page
    page = organiser.get(f"{home}/slutrapport").text
    assert "Närvaron är inte stängd:" in page
    assert "Har inte hållits än:" in page
    assert "Siffrorna fryses." in page
    assert organiser.post(f"{home}/slutrapport").status_code == 303
    assert "Slutrapporten är publicerad" in organiser.get(f"{home}/siffror").text
    assert "Slutrapporten är redan publicerad" in organiser.get(f"{home}/slutrapport").text
    assert organiser.post(f"{home}/slutrapport").status_code == 409
    assert organiser.get(f"{home}/publicera").status_code == 200
    assert "Ny aktivitet" not in organiser.get(home).text
    assert "aktiviteterna går inte längre att ändra" in organiser.get(f"/arbeta/aktivitet/{first.id}").text


def test_mailings_that_are_done_are_shown(organiser: Client, session: Session, cast: Cast) -> None:
    from services.catalog.actions.participations import keep_mailing
    from shared.events.notifications import MailingCompleted

    project = cast.published()
    session.commit()
    home = f"/arbeta/projekt/{project.id}"
    assert "Inga utskick har gått ut än" in organiser.get(home).text
    keep_mailing(
        session,
        MailingCompleted(
            mailing_id=uuid4(),
            project_id=project.id,
            subject="Välkommen!",
            recipients=240,
            sent=238,
            failed=2,
            completed_at=TODAY,
        ),
    )
    session.commit()
    page = organiser.get(home).text
    assert "Välkommen!" in page
    assert "238 av 240" in page


@pytest.mark.parametrize("amount", [1, 3])
def test_pages_ask_the_database_as_little_for_three_as_for_one(
    organiser: Client, session: Session, cast: Cast, amount: int
) -> None:
    activities: list[dict[str, Any]] = [over(number + 1, title=f"Aktivitet {number}") for number in range(amount)]
    projects = [cast.published(title, *activities) for title in ("Ett", "Två", "Tre")[:amount]]
    for activity in projects[0].activities:
        cast.attended(activity, *((uuid4(), cast.reglab.id) for _ in range(amount)))
        cast.answered(activity)
    session.commit()
    home = f"/arbeta/projekt/{projects[0].id}"
    activity = projects[0].activities[0]
    taken = {}
    for address in (
        "/arbeta",
        home,
        f"{home}/siffror",
        f"{home}/redigera",
        f"{home}/aktiviteter/ny",
        f"/arbeta/aktivitet/{activity.id}",
    ):
        organiser.get(address)
        with organiser.counting():
            assert organiser.get(address).status_code == 200
        taken[address] = organiser.statements
    assert list(taken.values()) == [5, 10, 10, 9, 10, 6]
