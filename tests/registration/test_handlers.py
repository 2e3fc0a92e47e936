"""Keeping up with the catalogue: any order between streams, late, and the highest revision wins."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.registration.actions.organisations import (
    find_organisation,
    organisation_by_id,
    propose_organisation,
    similar_organisations,
)
from services.registration.actions.register import register
from services.registration.errors import WishesRefused
from services.registration.models import Offering, Organisation, Project, StaffOrganisation
from shared.clock import now
from shared.events.catalog import OrganisationChanged, ProjectPublished
from shared.events.registration import OrganisationProposed
from shared.testing import recorded
from tests.registration.cast import (
    BLEKINGE,
    HALLAND,
    PROJECT,
    SITE,
    SKANE,
    VERKET,
    Cast,
    activity,
    applies,
    handle,
    ledger_differences,
)


def test_an_activity_may_arrive_before_its_project(cast: Cast) -> None:
    project = uuid4()
    event = activity("Tidig", project_id=project, project_slug="ny", project_title="Ny")
    handle(cast.session, event)
    assert cast.session.get(Project, project).title == "Ny"  # type: ignore[union-attr]
    published = ProjectPublished(project_id=project, slug="ny", title="Nytt", kind="x", purpose="P", organiser="O", revision=1)
    handle(cast.session, published)
    handle(cast.session, activity("Sen", project_id=project, project_slug="ny", project_title="Ny"))
    cast.session.expire_all()
    assert cast.session.get(Project, project).title == "Nytt"  # type: ignore[union-attr]


def test_an_older_revision_changes_nothing(cast: Cast) -> None:
    workshop = cast.released("Workshop", revision=3, capacity=5)
    handle(cast.session, activity("Workshop", revision=2, capacity=9))
    assert cast.session.get(Offering, workshop.activity_id).capacity == 5  # type: ignore[union-attr]
    project = ProjectPublished(project_id=PROJECT, slug="x", title="Old", kind="x", purpose="", organiser="", revision=0)
    handle(cast.session, project)
    assert cast.session.get(Project, PROJECT).slug == "larlabb"  # type: ignore[union-attr]


def test_erasure_of_needs_follows_the_activity_when_it_moves(cast: Cast) -> None:
    workshop = cast.released("Workshop")
    query = text("SELECT due_at FROM due WHERE key = :key")
    assert cast.session.scalar(query, {"key": f"needs:{workshop.activity_id}"}) == workshop.ends_at + timedelta(days=7)
    moved = cast.released("Workshop", revision=2, starts_at=workshop.starts_at + timedelta(days=30))
    assert cast.session.scalar(query, {"key": f"needs:{workshop.activity_id}"}) == moved.ends_at + timedelta(days=7)


def test_organisations_are_found_by_title_and_alias(cast: Cast) -> None:
    for written in ("Region Skåne", "region  SKÅNE", " Region Skåne "):
        assert find_organisation(cast.session, written).id == SKANE  # type: ignore[union-attr]
    assert find_organisation(cast.session, "tvv").id == VERKET  # type: ignore[union-attr]
    assert find_organisation(cast.session, "Region") is None
    assert find_organisation(cast.session, "Region Skane") is None, "å is a letter of its own"


def test_a_shared_alias_names_nobody(cast: Cast) -> None:
    other = OrganisationChanged(organisation_id=uuid4(), title="Andra verket", kind="agency", status="active", aliases=("TVV",))
    handle(cast.session, other)
    assert find_organisation(cast.session, "TVV") is None


@pytest.mark.parametrize("written", ["Hallands region", "Region Haland", "halland", "region hallands"])
def test_similar_names_are_suggested_best_first(cast: Cast, written: str) -> None:
    assert similar_organisations(cast.session, written)[0].title == "Region Halland"


def test_a_missing_ring_is_forgiven_in_suggestions_and_signs_are_no_patterns(cast: Cast) -> None:
    assert similar_organisations(cast.session, "Region Skane")[0].title == "Region Skåne"
    assert similar_organisations(cast.session, "%%% __") == []


def test_a_proposed_organisation_exists_at_once_and_is_told(cast: Cast) -> None:
    proposed = propose_organisation(cast.session, "Kommunförbundet Norden")
    assert find_organisation(cast.session, "kommunförbundet norden") == proposed
    assert recorded(cast.session, OrganisationProposed) == [
        OrganisationProposed(organisation_id=proposed.id, title="Kommunförbundet Norden")
    ]
    accepted = OrganisationChanged(organisation_id=proposed.id, title="Kommunförbundet i Norden", kind="other", status="active")
    handle(cast.session, accepted)
    cast.session.expire_all()
    assert cast.session.get_one(Organisation, proposed.id).status == "active"
    assert find_organisation(cast.session, "Kommunförbundet Norden") is None


def merged(gone: UUID, into: UUID) -> OrganisationChanged:
    return OrganisationChanged(organisation_id=gone, title="Hallands region", kind="region", status="merged", merged_into=into)


def test_a_merged_organisation_gives_its_seats_to_what_it_became(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=10, seats_per_organisation=2)
    proposed = propose_organisation(cast.session, "Hallands region").id
    cast.registers("Åsa", workshop, organisation=proposed)
    cast.registers("Bo", workshop, organisation=proposed)
    cast.registers("Cia", workshop, organisation=HALLAND)
    handle(cast.session, merged(proposed, HALLAND))
    assert cast.registration("Åsa").organisation_id == HALLAND
    assert set(cast.seats(workshop).values()) == {"confirmed"}, "nobody loses a seat"
    assert ledger_differences(cast.session) == []
    assert find_organisation(cast.session, "Hallands region").id == HALLAND  # type: ignore[union-attr]
    assert organisation_by_id(cast.session, proposed).id == HALLAND  # type: ignore[union-attr]
    assert cast.registers("Dag", workshop, organisation=HALLAND)[0].because == "organisation"


def test_merges_lead_to_the_last_one_in_whatever_order_they_arrive(cast: Cast) -> None:
    first, second = propose_organisation(cast.session, "Ett").id, propose_organisation(cast.session, "Två").id
    handle(cast.session, merged(second, HALLAND))
    handle(cast.session, merged(first, second))
    handle(cast.session, merged(HALLAND, BLEKINGE))
    rows = cast.session.query(Organisation.merged_into).filter(Organisation.id.in_([first, second, HALLAND]))
    assert {into for (into,) in rows} == {BLEKINGE}


def test_the_organisation_of_staff_is_kept(cast: Cast) -> None:
    staff = uuid4()
    cast.staff(staff, "host", organisation=HALLAND)
    cast.staff(staff, "host", organisation=SKANE)
    assert cast.session.get(StaffOrganisation, staff, populate_existing=True).organisation_id == SKANE  # type: ignore[union-attr]


def test_what_was_open_and_is_closed_by_a_revision_refuses(cast: Cast) -> None:
    workshop = cast.released("Workshop")
    cast.released("Workshop", revision=2, last_day=now() - timedelta(hours=1))
    with pytest.raises(WishesRefused):
        register(cast.session, applies("Åsa", workshop), public_url=SITE, now=now())
