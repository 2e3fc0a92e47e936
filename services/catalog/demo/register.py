"""Who and where: organisations, focus areas, staff and proposals."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.actions.organisations import add_organisation
from services.catalog.actions.staff import add_staff
from services.catalog.models import FocusArea, Organisation, Proposal, StaffMember
from services.catalog.rules.addresses import slugify
from shared.i18n import sort_key

FOLDER = Path(__file__).parent


def demo_id(kind: str, reference: str) -> UUID:
    """The id of what the demonstration calls `reference`: the same on every machine."""
    return uuid5(NAMESPACE_URL, f"https://traffpunkt.example/{kind}/{reference}")


def read(name: str) -> Any:
    """One of the data files."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text())


def load_register(session: Session, _moment: datetime) -> str:
    """Regions with their focus areas, agencies, county boards, municipalities, universities."""
    facts = read("regions")
    wanted = [
        {"title": region["name"], "kind": "region", "region_code": region["code"], "aliases": region.get("aliases", [])}
        for region in facts["regions"]
    ]
    wanted += [{"kind": kind, **organisation} for kind, those in read("organisations").items() for organisation in those]
    there = set(session.scalars(select(Organisation.id)))
    for organisation in wanted:
        chosen = organisation_id(organisation["title"])
        if chosen not in there:
            add_organisation(session, **organisation, organisation_id=chosen)
    _load_focus_areas(session, facts)
    return f"{len(wanted)} organisations in the register, 21 regions with focus areas"


def load_staff(session: Session, moment: datetime) -> str:
    """An organiser, a host, an operator and an administrator."""
    everybody = read("staff")
    there = set(session.scalars(select(StaffMember.email)))
    for person in everybody:
        if person["email"] not in there:
            add_staff(
                session,
                name=person["name"],
                email=person["email"],
                roles=person["roles"],
                organisation_id=organisation_id(person["organisation"]) if "organisation" in person else None,
                staff_id=demo_id("staff", person["reference"]),
                now=moment,
            )
    return "staff: " + ", ".join(person["email"] for person in everybody)


def load_proposals(session: Session, _moment: datetime) -> str:
    """What was handed in at the idea workshop."""
    facts = read("proposals")
    there = set(session.scalars(select(Proposal.id)))
    for proposal in facts["proposals"]:
        chosen = demo_id("proposal", slugify(proposal["title"]))
        if chosen not in there:
            session.add(
                Proposal(
                    id=chosen,
                    title=proposal["title"],
                    sort_key=sort_key(proposal["title"]),
                    form=proposal["form"],
                    proposer_id=organisation_id(proposal["proposed_by"]) if "proposed_by" in proposal else None,
                    occasion=facts["occasion"],
                    handed_in_on=facts["handed_in_on"],
                )
            )
    return f"{len(facts['proposals'])} proposals"


@cache
def organisation_id(title: str) -> UUID:
    """The id of one of the demonstration's organisations."""
    return demo_id("organisation", slugify(title))


def _load_focus_areas(session: Session, facts: dict[str, Any]) -> None:
    there = set(session.scalars(select(FocusArea.id)))
    areas = [(None, position, title) for position, title in enumerate(facts["shared"])]
    areas += [
        (region["code"], position, title) for region in facts["regions"] for position, title in enumerate(region["focus_areas"])
    ]
    for code, position, title in areas:
        chosen = demo_id("focus-area", f"{code or 'alla'}/{slugify(title)}")
        if chosen not in there:
            session.add(FocusArea(id=chosen, title=title, programme=facts["programme"], region_code=code, position=position))
