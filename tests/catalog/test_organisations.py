"""The register: one name each, proposals that wait, and mergers that move everything."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.actions.organisations import add_organisation, change_organisation, keep_proposed, merge_organisation
from services.catalog.errors import CannotMerge, OrganisationTaken, RegionTaken
from services.catalog.handlers import HANDLERS
from services.catalog.models import Organisation, Proposal, StaffMember
from services.catalog.queries.register import count_organisations, match_organisations, search_organisations
from shared.events.catalog import ActivityReleased, OrganisationChanged, ProjectPublished, StaffChanged
from shared.events.registration import OrganisationProposed
from shared.testing import Client, recorded
from tests.catalog.cast import OLLE, TODAY, Cast


def propose(session: Session, title: str = "Region Gävleborgs län") -> Organisation:
    event = OrganisationProposed(organisation_id=uuid4(), title=title)
    for handle in HANDLERS[OrganisationProposed]:
        handle(session, event)
    return session.get_one(Organisation, event.organisation_id)


def told_of(session: Session, organisation: Organisation) -> list[OrganisationChanged]:
    return [event for event in recorded(session, OrganisationChanged) if event.organisation_id == organisation.id]


@pytest.mark.parametrize("title", ["region gävleborg", "Region  Gävleborg", "rg"])
def test_a_name_is_taken_whatever_its_case_also_as_an_alias(session: Session, cast: Cast, title: str) -> None:
    with pytest.raises(OrganisationTaken):
        cast.organisation(title)
    with pytest.raises(OrganisationTaken):
        cast.organisation("Nytt namn", aliases=[title])


def test_a_county_code_is_one_regions(session: Session, cast: Cast) -> None:
    with pytest.raises(RegionTaken, match="Region Gävleborg har redan länskoden 21"):
        cast.organisation("Region Gävle", kind="region", region_code="21")
    assert cast.organisation("Länsstyrelsen", kind="county_board", region_code="21").region_code is None


def test_a_proposed_one_waits_and_is_told(session: Session, cast: Cast) -> None:
    proposed = propose(session)
    assert (proposed.status, proposed.kind) == ("pending", "other")
    [event] = told_of(session, proposed)
    assert (event.title, event.status) == ("Region Gävleborgs län", "pending")


def test_a_proposal_that_is_told_again_changes_nothing(session: Session, cast: Cast) -> None:
    proposed = propose(session)
    change_organisation(session, proposed, title="Gävle Energi", kind="business", region_code=None, aliases=[])
    keep_proposed(session, proposed.id, "Region Gävleborgs län")
    assert (proposed.title, proposed.status) == ("Gävle Energi", "active")
    assert len(told_of(session, proposed)) == 2


def test_a_proposal_may_bear_a_name_that_is_taken(session: Session, cast: Cast) -> None:
    twin = propose(session, "Reglab")
    merge_organisation(session, twin, cast.reglab)
    assert told_of(session, twin)[-1].merged_into == cast.reglab.id
    assert cast.reglab.aliases == []


def test_accepting_and_renaming_keeps_the_aliases_that_are_given(session: Session, cast: Cast) -> None:
    change_organisation(
        session, cast.gavleborg, title="Region Gävle", kind="region", region_code="21", aliases=["RG", "Gävleborg"]
    )
    event = told_of(session, cast.gavleborg)[-1]
    assert (event.title, sorted(event.aliases), event.region_code) == ("Region Gävle", ["Gävleborg", "RG"], "21")
    assert cast.gavleborg.sort_key == "region g|vle"


def test_a_renamed_organisation_is_renamed_in_what_is_published(session: Session, cast: Cast) -> None:
    cast.published()
    draft = cast.project("Ett utkast")
    cast.activity(draft)
    change_organisation(session, cast.gavleborg, title="Region Gävle", kind="region", region_code="21", aliases=[])
    change_organisation(session, cast.reglab, title="Reglab 2", kind="civil_society", region_code=None, aliases=[])
    assert [(event.revision, event.host) for event in recorded(session, ActivityReleased)] == [
        (1, "Region Gävleborg"),
        (2, "Region Gävle"),
    ]
    assert [(event.revision, event.organiser) for event in recorded(session, ProjectPublished)] == [
        (1, "Reglab"),
        (2, "Reglab 2"),
    ]


def test_merging_moves_all_that_pointed_there(session: Session, cast: Cast) -> None:
    project = cast.published(organisers=(cast.skane.id, cast.reglab.id))
    proposal = Proposal(
        title="P", sort_key="p", form="network", proposer_id=cast.skane.id, occasion="x", handed_in_on=TODAY.date()
    )
    session.add(proposal)
    activity = cast.activity(project, host_id=cast.skane.id)
    merge_organisation(session, cast.skane, cast.gavleborg)
    session.flush()
    session.expire_all()
    assert activity.host_id == proposal.proposer_id == cast.gavleborg.id
    assert session.get_one(StaffMember, OLLE).organisation_id == cast.gavleborg.id
    assert recorded(session, StaffChanged)[-1].organisation_id == cast.gavleborg.id
    assert [organiser.organisation_id for organiser in project.organisers] == [cast.gavleborg.id, cast.reglab.id]
    assert [leader.organisation_id for leader in project.leaders] == [cast.gavleborg.id]
    assert sorted(alias.alias for alias in cast.gavleborg.aliases) == ["RG", "Region Skåne"]
    assert recorded(session, ProjectPublished)[-1].organiser == "Region Gävleborg och Reglab"


def test_an_organiser_that_merges_into_the_other_stands_once(session: Session, cast: Cast) -> None:
    project = cast.published(organisers=(cast.skane.id, cast.gavleborg.id))
    merge_organisation(session, cast.skane, cast.gavleborg)
    session.expire_all()
    assert [organiser.organisation_id for organiser in project.organisers] == [cast.gavleborg.id]


def test_a_chain_of_mergers_leads_to_its_end(session: Session, cast: Cast) -> None:
    first = propose(session, "Gävleborgarna")
    merge_organisation(session, first, cast.skane)
    merge_organisation(session, cast.skane, cast.gavleborg)
    assert first.merged_into_id == cast.gavleborg.id
    assert told_of(session, first)[-1].merged_into == cast.gavleborg.id
    assert {alias.alias for alias in cast.gavleborg.aliases} == {"RG", "Region Skåne", "Gävleborgarna"}


def test_what_cannot_be_merged(session: Session, cast: Cast) -> None:
    proposed = propose(session)
    for old, new in ((cast.skane, cast.skane), (cast.skane, proposed)):
        with pytest.raises(CannotMerge):
            merge_organisation(session, old, new)
    merge_organisation(session, proposed, cast.skane)
    with pytest.raises(CannotMerge):
        merge_organisation(session, proposed, cast.gavleborg)
    with pytest.raises(CannotMerge):
        change_organisation(session, proposed, title="Ny", kind="other", region_code=None, aliases=[])


def test_names_are_matched_by_title_and_alias_and_suggested_when_alike(session: Session, cast: Cast) -> None:
    matched = match_organisations(session, ["reglab", "rg", "Region Gävleborgs", "Zzz"])
    assert {name: found.title for name, found in matched.found.items()} == {"reglab": "Reglab", "rg": "Region Gävleborg"}
    assert matched.unknown["Region Gävleborgs"][0] == "Region Gävleborg"
    assert matched.unknown["Zzz"] == []


def test_search_finds_parts_of_names_and_aliases_in_swedish_order(session: Session, cast: Cast) -> None:
    for title in ("Örebro kommun", "Ängelholms kommun", "Åre kommun", "Arboga kommun"):
        add_organisation(session, title=title, kind="municipality")
    found = search_organisations(session, "kommun", limit=3)
    assert [organisation.title for organisation in found] == ["Arboga kommun", "Åre kommun", "Ängelholms kommun"]
    assert count_organisations(session, "kommun") == 4
    assert [organisation.title for organisation in search_organisations(session, "RG", limit=9)] == ["Region Gävleborg"]
    assert count_organisations(session, "100%_") == 0


def test_the_pages_of_the_register(organiser: Client, session: Session, cast: Cast) -> None:
    proposed = propose(session)
    session.commit()
    page = organiser.get("/arbeta/organisationer").text
    assert page.index("Att granska") < page.index("Region Gävleborgs län") < page.index("I registret")
    assert "En ny organisation att granska" in organiser.get("/arbeta").text

    page = organiser.get(f"/arbeta/organisationer/{proposed.id}").text
    assert "Liknar: Region Gävleborg" in page
    assert "Godkänn" in page
    answer = organiser.post(f"/arbeta/organisationer/{proposed.id}", data={"title": "Gävle Energi"})
    assert answer.status_code == 422
    assert "Ange vilket slags organisation det är" in answer.text
    answer = organiser.post(f"/arbeta/organisationer/{proposed.id}", data={"title": "Reglab", "kind": "business"})
    assert "Reglab finns redan i registret" in answer.text
    answer = organiser.post(f"/arbeta/organisationer/{proposed.id}", data={"title": "Gävle Energi", "kind": "business"})
    assert answer.status_code == 303
    assert "Att granska" not in organiser.get("/arbeta/organisationer").text

    answer = organiser.post(f"/arbeta/organisationer/{proposed.id}/sla-ihop", data={"into": "Gävle Energi"})
    assert answer.status_code == 422
    assert "En organisation kan bara slås ihop med en annan" in answer.text
    answer = organiser.post(f"/arbeta/organisationer/{proposed.id}/sla-ihop", data={"into": "Okänd"})
    assert "Okänd finns inte i registret" in answer.text
    assert organiser.post(f"/arbeta/organisationer/{proposed.id}/sla-ihop", data={"into": "RG"}).status_code == 303
    assert "Den räknas nu som Region Gävleborg" in organiser.get(f"/arbeta/organisationer/{proposed.id}").text


def test_adding_to_the_register_by_the_form(organiser: Client, session: Session, cast: Cast) -> None:
    given = {"title": "Region Uppsala", "kind": "region", "region_code": "3", "aliases": "RU\n- Uppsala region"}
    answer = organiser.post("/arbeta/organisationer/ny", data=given)
    assert answer.status_code == 422
    assert "Skriv länskoden med två siffror" in answer.text
    assert "RU\n- Uppsala region</textarea>" in answer.text
    assert "har redan länskoden" in organiser.post("/arbeta/organisationer/ny", data=given | {"region_code": "12"}).text
    assert organiser.post("/arbeta/organisationer/ny", data=given | {"region_code": "03"}).status_code == 303
    added = session.scalars(select(Organisation).where(Organisation.title == "Region Uppsala")).one()
    assert {alias.alias for alias in added.aliases} == {"RU", "Uppsala region"}


def test_an_empty_search_says_what_to_do(organiser: Client) -> None:
    page = organiser.get("/arbeta/organisationer?sok=finnsinte").text
    assert "Ingen organisation heter så" in page
    assert 'href="/arbeta/organisationer/ny"' in page


@pytest.mark.parametrize("more", [1, 3, 30])
def test_the_list_asks_the_database_as_little_for_many_as_for_one(
    organiser: Client, session: Session, cast: Cast, more: int
) -> None:
    for number in range(more):
        cast.organisation(f"Myndighet {number}")
    session.commit()
    with organiser.counting():
        page = organiser.get("/arbeta/organisationer").text
    assert organiser.statements == 5
    assert ("sida=2" in page) == (more == 30)
