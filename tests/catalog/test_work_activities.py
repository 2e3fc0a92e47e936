"""The organiser's pages about activities: forms that keep what was typed, what stands once released, choice groups."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.models import Activity, ChoiceGroup
from services.catalog.rules.details import Speakers
from shared.events.catalog import ActivityReleased
from shared.i18n import local
from shared.testing import Client, recorded
from tests.catalog.cast import ACTIVITY, START, TODAY, Cast


def typed(page: str, name: str) -> str:
    """What stands in the field called `name`."""
    return page.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"title": ""}, "title", "Ange rubriken"),
        ({"starts_at": ""}, "starts_at", "Ange när aktiviteten börjar"),
        ({"ends_at": f"{START:%Y-%m-%d}T08:00"}, "ends_at", "Aktiviteten måste sluta efter att den börjar"),
        ({"last_day": f"{START + timedelta(days=1):%Y-%m-%d}"}, "last_day", "Sista anmälningsdag måste vara senast samma dag"),
        ({"town": ""}, "town", "Ange orten där aktiviteten hålls"),
        ({"capacity": "1"}, "seats_per_organisation", "En organisation kan inte ha fler platser"),
        ({"capacity": "många"}, "capacity", "Skriv antalet platser som ett heltal"),
        ({"programme": "09.30 Kaffe\nLunch"}, "programme", "Rad 2 börjar inte med ett klockslag: ”Lunch”"),
        ({"host": "Ingen"}, "host", "Ingen finns inte i registret"),
        ({"join_url": "mote.example"}, "join_url", "Ange möteslänken i sin helhet"),
        ({"choice_group_id": str(uuid4())}, "choice_group_id", "Välj en av projektets valgrupper"),
    ],
)
def test_a_bad_activity_form_says_what_to_do(
    organiser: Client, session: Session, cast: Cast, change: dict[str, str], field: str, says: str
) -> None:
    project = cast.project()
    cast.group(project)
    session.commit()
    answer = organiser.post(f"/arbeta/projekt/{project.id}/aktiviteter/ny", data=ACTIVITY | change)
    assert answer.status_code == 422
    assert f'href="#{field}">{says}' in answer.text
    assert f'id="{field}"' in answer.text
    assert "10.00 Framsyn / Kim Ek</textarea>" in answer.text or field == "programme"
    assert session.scalars(select(Activity)).all() == []


def test_the_forms_show_what_stands(organiser: Client, session: Session, cast: Cast) -> None:
    project = cast.project()
    activity = cast.activity(project, theme="Skog", speakers=Speakers(2, 1))
    session.commit()
    page = organiser.get(f"/arbeta/projekt/{project.id}/redigera").text
    assert "Kim Ek, Region Skåne</textarea>" in page
    assert "Vi förstår varandra.\nVi har prövat framsyn.</textarea>" in page
    assert typed(page, "slug") == "larlabb-hallbar-utveckling"
    page = organiser.get(f"/arbeta/aktivitet/{activity.id}").text
    assert typed(page, "starts_at") == f"{local(activity.starts_at):%Y-%m-%dT%H:%M}"
    assert typed(page, "last_day") == f"{local(activity.last_day) - timedelta(microseconds=1):%Y-%m-%d}"
    assert (typed(page, "theme"), typed(page, "host"), typed(page, "speakers_women")) == ("Skog", "Region Gävleborg", "2")
    assert "09.30 Kaffe och registrering\n10.00 Framsyn 2030 / Kim Ek</textarea>" in page


def test_what_is_read_and_saved_unchanged_stays_the_same(organiser: Client, session: Session, cast: Cast) -> None:
    project = cast.published("Projekt", {"opens_at": TODAY - timedelta(days=1)})
    activity = project.activities[0]
    session.commit()
    before = activity.snapshot().model_dump(exclude={"revision", "last_day"})
    page = organiser.get(f"/arbeta/aktivitet/{activity.id}").text
    names = (
        "title",
        "number",
        "theme",
        "join_url",
        "host",
        "capacity",
        "seats_per_organisation",
        "opens_at",
        "last_day",
        "version",
    )
    given = {name: typed(page, name) for name in names}
    given |= {"waiting_list": "true", "programme": "09.30 Kaffe och registrering\n10.00 Framsyn 2030 / Kim Ek"}
    assert organiser.post(f"/arbeta/aktivitet/{activity.id}", data=given).status_code == 303
    session.expire_all()
    assert activity.snapshot().model_dump(exclude={"revision", "last_day"}) == before


def test_a_released_activity_has_no_fields_for_time_and_place(organiser: Client, session: Session, cast: Cast) -> None:
    activity = cast.published().activities[0]
    session.commit()
    address = f"/arbeta/aktivitet/{activity.id}"
    page = organiser.get(address).text
    assert "Tid och plats ligger fast" in page
    assert not any(f'name="{name}"' in page for name in ("starts_at", "ends_at", "mode", "town", "venue", "kind", "region_code"))
    moved = ACTIVITY | {"town": "Kiruna", "starts_at": "2030-01-01T09:00", "capacity": "55", "version": "1"}
    assert organiser.post(address, data=moved).status_code == 303
    event = recorded(session, ActivityReleased)[-1]
    assert (event.revision, event.capacity, event.place, event.starts_at) == (2, 55, "Konserthuset, Gävle", activity.starts_at)


def test_a_later_activity_is_released_after_a_look_at_what_happens(organiser: Client, session: Session, cast: Cast) -> None:
    project = cast.published()
    session.commit()
    made = organiser.post(f"/arbeta/projekt/{project.id}/aktiviteter/ny", data=ACTIVITY | {"title": "Senare"})
    address = made.headers["location"]
    assert f'href="{address}/publicera"' in organiser.get(address).text
    assert "Anmälan är öppen till och med" in organiser.get(f"{address}/publicera").text
    assert organiser.post(f"{address}/publicera").status_code == 303
    assert recorded(session, ActivityReleased)[-1].title == "Senare"
    assert organiser.post(f"{address}/publicera").status_code == 409
    assert organiser.post(f"{address}/ta-bort").status_code == 409


def test_choice_groups(organiser: Client, session: Session, cast: Cast) -> None:
    project = cast.project()
    session.commit()
    home = f"/arbeta/projekt/{project.id}"
    answer = organiser.post(f"{home}/valgrupper", data={"group_title": "Besök"})
    assert answer.status_code == 422
    assert "Välj hur många man får anmäla sig till" in answer.text
    assert organiser.post(f"{home}/valgrupper", data={"group_title": "Besök", "choose": "several"}).status_code == 303
    group = session.scalars(select(ChoiceGroup)).one()
    assert f'<option value="{group.id}">Besök</option>' in organiser.get(f"{home}/aktiviteter/ny").text
    organiser.post(f"{home}/aktiviteter/ny", data=ACTIVITY | {"choice_group_id": str(group.id)})
    page = organiser.get(f"{home}/valgrupper/{group.id}").text
    assert 'value="several" checked' in page
    assert "Vad menar vi?" in page
    assert organiser.post(f"{home}/valgrupper/{group.id}", data={"group_title": "Nytt", "choose": "one"}).status_code == 303
    session.expire_all()
    assert (group.title, group.single) == ("Nytt", True)
    assert "välj en)" in organiser.get(home).text
    assert organiser.get(f"{home}/valgrupper/{uuid4()}").status_code == 404
    assert organiser.post(f"{home}/valgrupper/{group.id}", data={"group_title": ""}).status_code == 422
