"""What visitors see: published only, with few statements, ready for caches, in two languages; never an empty page."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from services.catalog.actions.activities import change_activity
from services.catalog.actions.reports import publish_report
from services.catalog.models import Feedback
from services.catalog.rules.details import Speakers
from shared.testing import Client, signed_in
from shared.web.bots import form_stamp
from tests.catalog.cast import TODAY, Cast, over

PAGES = [
    "/",
    "/projekt",
    "/kalender",
    "/regioner",
    "/forslag",
    "/om",
    "/tillganglighet",
    "/personuppgifter",
    "/kakor",
    "/oppna-data",
]


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("address", [*PAGES, "/kontakt", "/kontakt/tack", "/logga-in", "/logga-in/skickad"])
def test_every_page_stands_on_an_empty_site(client: Client, address: str, language: str) -> None:
    answer = client.get(f"{language}{address}" if address != "/" else language or "/")
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert "None" not in answer.text
    assert "$" not in answer.text


def test_the_projects_page(client: Client, session: Session, cast: Cast) -> None:
    project = cast.project()
    group = cast.group(project)
    for number in range(2):
        cast.activity(project, f"Besök {number}", kind="study_visit", choice_group_id=group.id)
    workshop = cast.activity(project, join_url="https://mote.example/hemlig")
    session.expire(project)
    from services.catalog.actions.projects import publish_project

    publish_project(session, project, now=TODAY)
    session.commit()
    page = client.get("/projekt/larlabb-hallbar-utveckling").text
    for text in (
        "Vi lär oss om <strong>hållbar</strong> utveckling.",
        "För den som vill lära.",
        "Vi har prövat framsyn.",
        "Kom till träffarna.",
        "Ett nätverk tar vid.",
        "Kim Ek, Region Skåne",
        "Du kan anmäla dig till ett eller flera.",
        f'href="/aktivitet/{workshop.id}"',
        'href="/anmalan/larlabb-hallbar-utveckling"',
    ):
        assert text in page
    assert "mote.example" not in page


def test_the_activitys_page(client: Client, session: Session, cast: Cast) -> None:
    activity = cast.published("Projekt", {"join_url": "https://mote.example/hemlig", "mode": "hybrid"}).activities[0]
    session.commit()
    page = client.get(f"/aktivitet/{activity.id}").text
    for text in (
        f'href="/anmalan/projekt?aktivitet={activity.id}"',
        "Konserthuset, Gävle",
        "Region Gävleborg",
        "Framsyn 2030",
        "Kim Ek",
        "9.30",
        "Högst 2",
        "Möteslänken kommer i bekräftelsen.",
    ):
        assert text in page
    assert "mote.example" not in page


@pytest.mark.parametrize(
    ("facts", "says", "register"),
    [
        ({}, "Öppen för anmälan", True),
        ({"opens_at": TODAY + timedelta(days=3)}, "Anmälan har inte öppnat", False),
        ({"last_day": TODAY - timedelta(days=1)}, "Sista anmälningsdag var", False),
        (over(), "Aktiviteten är genomförd", False),
    ],
)
def test_the_page_says_whether_one_can_register(
    client: Client, session: Session, cast: Cast, facts: dict[str, object], says: str, register: bool
) -> None:
    activity = cast.published("Projekt", facts).activities[0]
    session.commit()
    page = client.get(f"/aktivitet/{activity.id}").text
    assert says in page
    assert ("/anmalan/projekt" in page) == register
    assert ("/anmalan/projekt" in client.get("/projekt/projekt").text) == register


def test_a_parallel_activity_leads_to_the_others(client: Client, session: Session, cast: Cast) -> None:
    project = cast.published()
    group = cast.group(project, single=True)
    one, other = (cast.activity(project, f"Besök {number}", choice_group_id=group.id) for number in range(2))
    from services.catalog.actions.activities import release_activity

    for activity in (one, other):
        release_activity(session, activity)
    session.commit()
    page = client.get(f"/aktivitet/{one.id}").text
    assert "Samtidigt kan du välja något av det här i stället." in page
    assert f'href="/aktivitet/{other.id}"' in page


def test_the_final_report_is_shown_to_all(client: Client, session: Session, cast: Cast) -> None:
    project = cast.published("Projekt", over(kind="study_visit", speakers=Speakers(48, 36)))
    activity = project.activities[0]
    cast.attended(activity, (uuid4(), cast.reglab.id), (uuid4(), cast.skane.id))
    cast.answered(activity, mean=4.25)
    session.commit()
    running = client.get("/projekt/projekt").text
    assert "unika deltagare" not in running
    assert client.get("/projekt/projekt/resultat").status_code == 404
    publish_report(session, project, published_by=None, now=TODAY)
    session.commit()
    page = client.get("/projekt/projekt").text
    for text in (
        "2 unika deltagare från 2 organisationer har deltagit 2 gånger.",
        "<strong>84</strong>",
        "48 kvinnor och 36 män",
        "Region Gävleborg",
        "4,2",
    ):
        assert text in page
    results = client.get("/projekt/projekt/resultat").text
    assert "Mycket bra" in results
    assert "visas inte" in results
    assert "Antal som är så små att någon kan pekas ut visas inte." in results
    assert "Berätta" not in results
    english = client.get("/en/projekt/projekt/resultat").text
    assert "Very good" in english
    assert "How was it?" in english


def test_public_pages_are_ready_for_caches_and_staff_get_their_own(client: Client, session: Session, cast: Cast) -> None:
    project = cast.published()
    session.commit()
    first = client.get(f"/projekt/{project.slug}")
    assert "s-maxage=60" in first.headers["cache-control"]
    again = client.get(f"/projekt/{project.slug}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    signed_in(client, "organiser")
    own = client.get(f"/projekt/{project.slug}")
    assert own.headers["cache-control"] == "no-store"
    assert "Arbeta med projektet" in own.text


def test_what_staff_write_cannot_break_out_of_the_page(client: Client, session: Session, cast: Cast) -> None:
    evil = "<script>alert(1)</script>"
    project = cast.published(f"Projekt {evil}", {"title": evil, "theme": evil}, purpose=f"{evil} [x](javascript:alert(1))")
    session.commit()
    for page in (
        "/",
        "/kalender",
        f"/projekt/{project.slug}",
        f"/en/projekt/{project.slug}",
        f"/aktivitet/{project.activities[0].id}",
    ):
        assert "<script" not in client.get(page).text
        assert 'href="javascript' not in client.get(page).text


def test_swedish_words_are_marked_on_english_pages(client: Client, session: Session, cast: Cast) -> None:
    cast.published()
    session.commit()
    page = client.get("/en/projekt/larlabb-hallbar-utveckling").text
    assert '<span lang="sv">Lärlabb: Hållbar utveckling</span>' in page
    assert '<div class="prose" lang="sv">' in page
    assert "Register" in page
    assert 'lang="sv">' not in client.get("/projekt/larlabb-hallbar-utveckling").text.replace('lang="sv" data', "")


def test_a_new_activity_is_seen_when_it_is_changed(client: Client, session: Session, cast: Cast) -> None:
    from tests.catalog.cast import details

    activity = cast.published().activities[0]
    session.commit()
    before = client.get(f"/aktivitet/{activity.id}")
    change_activity(session, activity, details("Ny rubrik"), version=1)
    session.commit()
    after = client.get(f"/aktivitet/{activity.id}", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert "Ny rubrik" in after.text


def test_a_message_from_a_visitor_reaches_the_staff_and_is_erased_when_done(organiser: Client, session: Session) -> None:
    stamp = form_stamp(organiser.app.state.settings, TODAY)  # type: ignore[attr-defined]
    given = {"message": "Kontrasten är för låg.", "visat": stamp}
    answer = organiser.post("/kontakt", data=given)
    assert answer.status_code == 422
    assert "Välj vad det gäller" in answer.text
    assert "Kontrasten är för låg.</textarea>" in answer.text
    assert organiser.post("/kontakt", data=given | {"subject": "accessibility", "webbplats": "x"}).status_code == 422
    assert organiser.post("/kontakt", data=given | {"subject": "accessibility"}).headers["location"] == "/kontakt/tack"

    page = organiser.get("/arbeta/synpunkter").text
    assert "Kontrasten är för låg." in page
    assert "Vill inte ha svar" in page
    assert "En synpunkt att läsa" in organiser.get("/arbeta").text
    written = session.query(Feedback).one()
    assert organiser.post(f"/arbeta/synpunkter/{written.id}/klar").status_code == 303
    session.expire_all()
    assert (written.message, written.email) == ("", "")
    assert "Inget väntar" in organiser.get("/arbeta/synpunkter").text


def test_the_accessibility_statement_names_the_authority_of_the_settings(client: Client) -> None:
    settings = client.app.state.settings  # type: ignore[attr-defined]
    page = client.get("/tillganglighet").text
    assert settings.supervisory_authority in page
    assert f'href="{settings.supervisory_report_url}"' in page
    assert 'href="/kontakt"' in page
