"""Lists that visitors see: published only, narrowed as asked, with few statements, and never empty without advice."""

from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from services.catalog.actions.reports import publish_report
from services.catalog.models import FocusArea, Proposal
from shared.testing import Client
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


@pytest.mark.parametrize(
    ("address", "next_step"),
    [
        ("/", "/kalender?tid=tidigare"),
        ("/projekt", "/forslag"),
        ("/kalender", "/kalender?tid=tidigare"),
        ("/kalender?tid=tidigare", "/kalender"),
        ("/kalender?lan=25", "/kalender"),
        ("/regioner", "/kontakt"),
        ("/forslag", "/kontakt"),
    ],
)
def test_an_empty_list_says_what_to_do(client: Client, address: str, next_step: str) -> None:
    empty = client.get(address).text.partition('class="empty"')[2].partition("</div>")[0]
    assert f'href="{next_step}"' in empty


def test_drafts_are_nowhere(client: Client, session: Session, cast: Cast) -> None:
    draft = cast.project("Hemligt utkast")
    hidden = cast.activity(draft, "Hemlig aktivitet")
    later = cast.activity(cast.published(), "Hemlig tills vidare")
    session.commit()
    for page in ("/", "/projekt", "/kalender", "/regioner", "/api/catalog/v1/projects", "/api/catalog/v1/activities"):
        assert "Hemlig" not in client.get(page).text
    assert "Hemlig" not in client.get("/projekt/larlabb-hallbar-utveckling").text
    for address in ("/projekt/hemligt-utkast", f"/aktivitet/{hidden.id}", f"/aktivitet/{later.id}", f"/aktivitet/{uuid4()}"):
        assert client.get(address).status_code == 404


def test_the_start_page_shows_what_is_to_come_what_goes_on_and_what_it_led_to(
    client: Client, session: Session, cast: Cast
) -> None:
    finished = cast.published("Näringslivets gröna omställning", over())
    cast.attended(finished.activities[0], (uuid4(), cast.reglab.id))
    publish_report(session, finished, published_by=None, now=TODAY)
    cast.published()
    session.commit()
    page = client.get("/").text
    assert page.index("När perspektiven möts") < page.index("Pågående projekt") < page.index("Det har det lett till")
    assert "Öppen för anmälan" in page
    assert "1 unik deltagare från 1 organisation har deltagit 1 gång." in page
    assert "1 unique participant from 1 organisation has taken part" not in page
    assert "1 unique participant from 1 organisation have taken part 1 time." in client.get("/en").text


def test_the_calendar_is_narrowed_by_county_kind_project_and_time(client: Client, session: Session, cast: Cast) -> None:
    cast.published("Ett", {"title": "Möte i Gävle", "kind": "meeting"}, over(title="Förr i tiden"))
    cast.published("Två", {"title": "Besök i Skåne", "kind": "study_visit", "region_code": "12"})
    session.commit()

    def shown(query: str) -> set[str]:
        page = client.get(f"/kalender{query}").text
        return {title for title in ("Möte i Gävle", "Besök i Skåne", "Förr i tiden") if title in page}

    assert shown("") == {"Möte i Gävle", "Besök i Skåne"}
    assert shown("?lan=12") == {"Besök i Skåne"}
    assert shown("?typ=meeting") == {"Möte i Gävle"}
    assert shown("?projekt=tva") == {"Besök i Skåne"}
    assert shown("?tid=tidigare") == {"Förr i tiden"}
    assert shown("?lan=12&typ=meeting") == set()
    assert '<option value="12" selected>Region Skåne</option>' in client.get("/kalender?lan=12").text
    assert client.get("/kalender?tid=nu").status_code == 422


def test_regions_with_their_focus_areas_and_what_they_host(client: Client, session: Session, cast: Cast) -> None:
    session.add(FocusArea(title="Gemensamt", programme="Programmet", region_code=None, position=0))
    session.add(FocusArea(title="Livsmedel", programme="Programmet", region_code="12", position=0))
    cast.published("Projekt", {"region_code": "12"}, over(region_code="12", title="Förr"))
    session.commit()
    page = client.get("/regioner").text
    for text in ("Gemensamt", "Livsmedel", "2 aktiviteter i länet", 'href="/regioner/12"'):
        assert text in page
    page = client.get("/regioner/12").text
    assert page.index("Livsmedel") < page.index("När perspektiven möts") < page.index("Har hållits i länet") < page.index("Förr")
    assert "Ur programmet Programmet" in page
    assert "Inget är inplanerat i länet just nu" in client.get("/regioner/21").text
    for code, status in (("99", 404), ("x", 422)):
        assert client.get(f"/regioner/{code}").status_code == status


def test_proposals_as_facts(client: Client, session: Session, cast: Cast) -> None:
    for title, proposer in (("Bioekonomi", cast.skane.id), ("Att räkna", None)):
        session.add(
            Proposal(
                title=title,
                sort_key=title.lower(),
                form="network",
                proposer_id=proposer,
                occasion="Idéworkshop",
                handed_in_on=TODAY,
            )
        )
    session.commit()
    page = client.get("/forslag").text
    assert (
        page.index("Idéworkshop")
        < page.index("Att räkna")
        < page.index("Framgår inte")
        < page.index("Bioekonomi")
        < page.index("Region Skåne")
    )


@pytest.mark.parametrize("projects", [1, 3])
@pytest.mark.parametrize(
    ("address", "statements"),
    [("/", 3), ("/projekt", 2), ("/projekt/ett", 6), ("/kalender", 4), ("/regioner", 3), ("/regioner/21", 3), ("/forslag", 1)],
)
def test_pages_ask_the_database_as_little_for_three_as_for_one(
    client: Client, session: Session, cast: Cast, address: str, statements: int, projects: int
) -> None:
    for title in ("Ett", "Två", "Tre")[:projects]:
        cast.published(title, *({"title": f"Aktivitet {number}"} for number in range(projects)))
    session.commit()
    client.get(address)
    with client.counting():
        assert client.get(address).status_code == 200
    assert client.statements == statements


def test_an_activitys_page_takes_two_statements(client: Client, session: Session, cast: Cast) -> None:
    activity = cast.published().activities[0]
    session.commit()
    with client.counting():
        client.get(f"/aktivitet/{activity.id}")
    assert client.statements == 2
