"""Open data: the same facts as the pages, and nothing more."""

from uuid import uuid4

from sqlalchemy.orm import Session

from services.catalog.actions.reports import publish_report
from services.catalog.models import FocusArea, Proposal
from services.catalog.rules.details import Speakers
from shared.testing import Client
from tests.catalog.cast import TODAY, Cast, over

V1 = "/api/catalog/v1"


def test_projects_with_the_final_reports_figures(client: Client, session: Session, cast: Cast) -> None:
    finished = cast.published("Klart", over(kind="study_visit", speakers=Speakers(2, 1)))
    cast.attended(finished.activities[0], (uuid4(), cast.reglab.id))
    publish_report(session, finished, published_by=None, now=TODAY)
    cast.published("Pågår")
    session.commit()
    going_on, done = client.get(f"{V1}/projects").json()
    assert (going_on["title"], going_on["finished"], going_on["report"]) == ("Pågår", False, None)
    assert going_on["organisers"] == ["Reglab"]
    assert done["url"] == "http://127.0.0.1:8000/projekt/klart"
    assert done["report"]["sentence"] == "1 unik deltagare från 1 organisation har deltagit 1 gång."
    assert (done["report"]["study_visits"], done["report"]["regions_visited"], done["report"]["speakers_women"]) == (1, ["21"], 2)


def test_activities_to_come_and_past_without_meeting_links(client: Client, session: Session, cast: Cast) -> None:
    cast.published("Projekt", {"join_url": "https://mote.example/hemlig"}, over(title="Förr", region_code="12"))
    session.commit()
    [coming] = client.get(f"{V1}/activities").json()
    assert (coming["title"], coming["place"], coming["host"]) == (
        "När perspektiven möts",
        "Konserthuset, Gävle",
        "Region Gävleborg",
    )
    assert [found["title"] for found in client.get(f"{V1}/activities?past=true").json()] == ["Förr"]
    assert client.get(f"{V1}/activities?past=true&region=21").json() == []
    assert "mote.example" not in client.get(f"{V1}/activities").text
    assert client.get(f"{V1}/activities?region=x").status_code == 422


def test_regions_and_proposals(client: Client, session: Session, cast: Cast) -> None:
    session.add(FocusArea(title="Alla", programme="P", region_code=None, position=0))
    session.add(FocusArea(title="Mat", programme="P", region_code="12", position=0))
    session.add(Proposal(title="B", sort_key="b", form="network", proposer_id=cast.skane.id, occasion="Idé", handed_in_on=TODAY))
    session.commit()
    assert client.get(f"{V1}/regions").json() == [
        {"code": "21", "title": "Region Gävleborg", "focus_areas": ["Alla"]},
        {"code": "12", "title": "Region Skåne", "focus_areas": ["Alla", "Mat"]},
    ]
    [proposal] = client.get(f"{V1}/proposals").json()
    assert (proposal["title"], proposal["form"], proposal["proposed_by"]) == ("B", "network", "Region Skåne")


def test_the_description_lists_the_four_and_no_page(client: Client) -> None:
    paths = client.get(f"{V1}/openapi.json").json()["paths"]
    assert {path for path in paths if path.startswith(V1)} == {
        f"{V1}/{name}" for name in ("projects", "activities", "regions", "proposals")
    }
    assert not any(path.startswith("/arbeta") for path in paths)
