"""Projects: their texts, and who runs and leads them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from services.catalog.forms.matching import unknown_organisation
from services.catalog.models import Project
from services.catalog.queries.register import match_organisations
from services.catalog.rules.addresses import LONGEST_SLUG, SLUG
from services.catalog.rules.details import Leader, ProjectDetails
from services.catalog.rules.programme import read_lines
from shared.i18n import N_
from shared.web import Parsed, Says
from shared.web.forms import Text200, Text5000

Kind = Literal["learning_project", "learning_lab", "network", "seminar_series", "development_project"]
LongText = Annotated[str, Field(max_length=20_000)]


class ProjectForm(BaseModel):
    """What an organiser writes about a project. Only the kind and the title are needed to save a draft."""

    kind: Annotated[Kind, Says(N_("vilken typ av projekt det är"))]
    title: Annotated[Text200, Says(N_("projektets namn"))]
    slug: Annotated[
        str,
        Field(max_length=LONGEST_SLUG, pattern=f"^{SLUG.pattern}$"),
        Says(any=N_("Skriv adressen med små bokstäver a–z, siffror och bindestreck, till exempel hallbar-utveckling")),
    ] = ""
    purpose: Annotated[LongText, Says(N_("varför projektet finns"))] = ""
    audience: Annotated[LongText, Says(N_("vem projektet är till för"))] = ""
    obligations: Annotated[LongText, Says(N_("vad deltagarna åtar sig"))] = ""
    outcomes: Annotated[Text5000, Says(N_("förväntade resultat"))] = ""
    focus_areas: Annotated[Text5000, Says(N_("insatsområden"))] = ""
    organisers: Annotated[Text5000, Says(N_("arrangörer"))] = ""
    leaders: Annotated[Text5000, Says(N_("projektledare"))] = ""
    continuation: Annotated[LongText, Says(N_("vad som händer sedan"))] = ""
    version: int = 0


def project_details(session: Session, parsed: Parsed[ProjectForm]) -> ProjectDetails | None:
    """What the form says, with organisations looked up; None when `parsed` has errors, the looked-up ones among them."""
    form = parsed.value
    if form is None:
        return None
    organisers, leaders = read_lines(form.organisers), read_lines(form.leaders)
    parts = {line: [part.strip() for part in line.rpartition(",")] for line in leaders}
    matched = match_organisations(session, [*organisers, *leaders, *(part[2] for part in parts.values())])
    for name in organisers:
        if name not in matched.found:
            parsed.add_error("organisers", unknown_organisation(name, matched.unknown.get(name, [])))
    found: list[Leader] = []
    for line, (person, _comma, name) in parts.items():
        if line in matched.found:
            found.append(Leader(matched.found[line].id))
        elif name in matched.found:
            found.append(Leader(matched.found[name].id, person))
        else:
            parsed.add_error("leaders", unknown_organisation(name, matched.unknown.get(name, [])))
    if parsed.value is None:
        return None
    return ProjectDetails(
        kind=form.kind,
        title=form.title,
        slug=form.slug,
        purpose=form.purpose,
        audience=form.audience,
        obligations=form.obligations,
        continuation=form.continuation,
        outcomes=tuple(read_lines(form.outcomes)),
        focus_areas=tuple(read_lines(form.focus_areas)),
        organisers=tuple(matched.ids(organisers)),
        leaders=tuple(found),
    )


def project_as_typed(project: Project) -> dict[str, Any]:
    """The project as its form shows it."""
    return {
        "kind": project.kind,
        "title": project.title,
        "slug": project.slug,
        "purpose": project.purpose,
        "audience": project.audience,
        "obligations": project.obligations,
        "continuation": project.continuation,
        "outcomes": "\n".join(outcome.text for outcome in project.outcomes),
        "focus_areas": "\n".join(area.title for area in project.focus_areas),
        "organisers": "\n".join(organiser.organisation.title for organiser in project.organisers),
        "leaders": "\n".join(
            f"{leader.person}, {leader.organisation.title}" if leader.person else leader.organisation.title
            for leader in project.leaders
        ),
        "version": project.version,
    }
