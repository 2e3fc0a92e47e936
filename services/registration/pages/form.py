"""The registration form: shown, asked for what is left, and received."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from services.registration import queries
from services.registration.actions.ledger import what_is_left
from services.registration.actions.needs import seal_needs
from services.registration.actions.organisations import (
    Known,
    find_organisation,
    organisation_by_id,
    propose_organisation,
    similar_organisations,
)
from services.registration.actions.register import Application, Wish, register
from services.registration.errors import FormAlreadyReceived, WishesRefused
from services.registration.forms import RegistrationForm, as_uuid, form_key_in, ticked_in, wishes_in
from services.registration.models import Offering, Organisation, Project
from services.registration.pages.choices import Choice, Group, choices_of, field_of, groups_of, ticked
from services.registration.queries import Chosen
from services.registration.rules.overlaps import overlaps
from services.registration.settings import Settings, current
from services.registration.wording import DIETS, full_title, refusal_text
from shared.clock import now
from shared.i18n import _, language, sort_key
from shared.secrets import hash_token, new_token
from shared.web import FormDep, Parsed, SessionDep, blank_form, limit, parse_form, redirect, render
from shared.web.bots import kept_stamp, robot
from shared.web.kept import FORM_KEY, FORM_STAMP, same_for_all

router = APIRouter()
receiving = APIRouter()
"""The form's own way in, which every rush takes: asked before all other routes."""


def _rate(settings: Settings) -> str:
    return settings.form_rate


@dataclass(frozen=True)
class Shown:
    """What a project's form is made of at one moment."""

    project: Project
    choices: list[Choice]
    groups: list[Group]
    organisation: Known | None

    @property
    def offerings(self) -> dict[UUID, Offering]:
        return {choice.offering.id: choice.offering for choice in self.choices}

    @property
    def limits_organisations(self) -> bool:
        """Whether it matters which organisation somebody comes from."""
        return any(choice.offering.seats_per_organisation is not None for choice in self.choices)

    @property
    def open(self) -> list[Choice]:
        return [choice for choice in self.choices if not choice.is_closed]


@router.get("/anmalan/sok/organisationer")
def search_organisations(request: Request, session: SessionDep, organisation: str = "") -> Response:
    """Options for the organisation's field while it is typed, where the register is too large to stand in the page."""
    names = queries.names_to_pick(session, most=30, like=sort_key(organisation))
    return render(request, "registration/_organisations.html", names=names)


@router.get("/anmalan/{slug}/platser")
def show_what_is_left(request: Request, session: SessionDep, slug: str, organisation: str = "") -> Response:
    """What is left for an organisation, as pieces that htmx puts in their places when the organisation is written."""
    shown = _load(session, slug, find_organisation(session, organisation), now())
    return render(request, "registration/_left.html", shown=shown)


@router.get("/anmalan/{slug}")
def show_form(
    request: Request,
    session: SessionDep,
    slug: str,
    aktivitet: str = "",
    organisation: str = "",
    for_organisation: str = "",
    inbjudan: str = "",
) -> Response:
    """The form. `aktivitet` is ticked, `organisation` (a name or an id) is counted for, `inbjudan` is kept."""
    organisation = organisation or for_organisation.strip()
    known = as_uuid(organisation)
    found = organisation_by_id(session, known) if known else find_organisation(session, organisation) if organisation else None
    shown = _load(session, slug, found, now())
    wanted = as_uuid(aktivitet)
    chosen = [choice.offering.id for choice in shown.open if choice.offering.id == wanted or len(shown.choices) == 1]
    written = found.title if found else "" if known else organisation
    form = blank_form(RegistrationForm, {"organisation": written, "invitation": inbjudan[:200]})
    form.raw = ticked(form.raw, shown.groups, chosen)
    if organisation or inbjudan:
        return _page(request, session, shown, form, wanted=wanted, asked=organisation)
    return same_for_all(request, _page(request, session, shown, form, wanted=wanted, key=FORM_KEY, stamp=FORM_STAMP))


@receiving.post("/anmalan/{slug}", dependencies=[limit(_rate)])
def receive_form(request: Request, session: SessionDep, slug: str, form: FormDep) -> Response:
    """Register, or say everything that is in the way."""
    moment = now()
    parsed = parse_form(RegistrationForm, form)
    project_id, offerings, named = queries.what_a_form_names(
        session, slug, ticked_in(form), str(parsed.raw["organisation"]), moment
    )
    wishes = wishes_in(form, {offering.id: offering.mode for offering in offerings.values()})
    key = form_key_in(form) or new_token()
    if reason := robot(request, form):
        parsed.add_error("", reason)
    organisation, suggestions = _organisation(session, parsed, named)
    _check_choices(parsed, [offerings[wish.activity_id] for wish in wishes])
    if parsed.value is None or organisation is None or not wishes:
        return _again(request, session, slug, form, parsed, wishes, key, suggestions=suggestions)
    try:
        register(
            session,
            _application(project_id, parsed.value, organisation, wishes, key, current().needs_key),
            public_url=current().public_url,
            now=moment,
        )
    except WishesRefused as refused:
        session.rollback()
        return _again(request, session, slug, form, parsed, wishes, key, refused=refused)
    except FormAlreadyReceived:
        session.rollback()
        return redirect(request, f"/anmalan/tack/{key}?igen=1")
    return redirect(request, f"/anmalan/tack/{key}")


def _load(session: Session, slug: str, organisation: Known | None, moment: datetime) -> Shown:
    project = queries.project_by_slug(session, slug)
    offerings = queries.coming_offerings(session, project.id, moment)
    left = what_is_left(session, offerings, organisation.id if organisation else None) if offerings else {}
    choices = choices_of(offerings, left, organisation, moment)
    return Shown(project, choices, groups_of(choices), organisation)


def _application(
    project_id: UUID, value: RegistrationForm, organisation: Known, wishes: list[Wish], key: str, needs_key: str
) -> Application:
    wants = value.wants()
    return Application(
        project_id=project_id,
        full_name=value.full_name,
        email=value.email,
        organisation_id=organisation.id,
        organisation=organisation.title,
        wishes=wishes,
        language=language(),
        form_key=key,
        invitation=hash_token(value.invitation).hex() if value.invitation else None,
        sealed_needs=seal_needs(wants, needs_key) if wants else None,
    )


def _organisation(
    session: Session, parsed: Parsed[RegistrationForm], named: Known | None
) -> tuple[Known | None, list[Organisation]]:
    """The organisation that the form picks, or else names; else what it may mean, with an error that says how to go on.

    One that is not in the register is proposed only when all else is well.
    """
    written = " ".join(str(parsed.raw["organisation"]).split())
    picked = str(parsed.raw["organisation_id"])
    if not written or "organisation" in parsed.errors:
        return None, []
    chosen = as_uuid(picked)
    found = organisation_by_id(session, chosen) if chosen else named
    if found is not None:
        return found, []
    if picked == "new" or parsed.raw["organisation_missing"]:
        return (propose_organisation(session, written) if parsed.value else None), []
    suggestions = similar_organisations(session, written)
    if suggestions:
        parsed.add_error("organisation_id", _("Välj vilken organisation du menar med {name}").format(name=written))
    else:
        parsed.add_error(
            "organisation",
            _("{name} finns inte i registret. Kontrollera stavningen, eller kryssa för att din organisation saknas").format(
                name=written
            ),
        )
    return None, suggestions


def _check_choices(parsed: Parsed[RegistrationForm], chosen: Sequence[Chosen]) -> None:
    """One only where one may be chosen, and collisions in time are meant."""
    singles = Counter(offering.choice_group_id for offering in chosen if offering.choice_group_single)
    for offering in chosen:
        if singles[offering.choice_group_id] > 1:
            parsed.add_error(
                field_of(offering.choice_group_id), _("Välj bara en: {group}").format(group=offering.choice_group_title)
            )
    colliding = [] if parsed.raw["overlap_ok"] else overlaps(chosen)
    if colliding:
        said = _("{first} och {second}")
        pairs = "; ".join(said.format(first=full_title(first), second=full_title(second)) for first, second in colliding)
        parsed.add_error(
            "overlap_ok",
            _("Tiderna krockar: {pairs}. Ändra ditt val, eller bekräfta att du vill ha dem alla.").format(pairs=pairs),
        )


def _again(
    request: Request,
    session: Session,
    slug: str,
    posted: FormData,
    parsed: Parsed[RegistrationForm],
    wishes: list[Wish],
    key: str,
    *,
    suggestions: Sequence[Organisation] = (),
    refused: WishesRefused | None = None,
) -> Response:
    """The form as it was sent, with everything that is in the way, and what is left now."""
    organisation = find_organisation(session, str(parsed.raw["organisation"]))
    shown = _load(session, slug, organisation, now())
    if not wishes and shown.groups:
        parsed.add_error(shown.groups[0].field, _("Välj minst en aktivitet"))
    for refusal in refused.refusals if refused else ():
        offering = shown.offerings[refusal.activity_id]
        name = organisation.title if organisation else str(parsed.raw["organisation"])
        parsed.add_error(f"{field_of(offering.choice_group_id)}-{offering.id}", refusal_text(offering, name, refusal.because))
    modes = {f"mode_{wish.activity_id}": wish.mode for wish in wishes}
    parsed.raw = ticked(parsed.raw, shown.groups, [wish.activity_id for wish in wishes]) | modes
    stamp = kept_stamp(request, posted)
    return _page(request, session, shown, parsed, status=409 if refused else 422, key=key, stamp=stamp, suggestions=suggestions)


def _page(
    request: Request,
    session: Session,
    shown: Shown,
    form: Parsed[RegistrationForm],
    *,
    status: int = 200,
    wanted: UUID | None = None,
    asked: str = "",
    key: str = "",
    stamp: str = "",
    suggestions: Sequence[Organisation] = (),
) -> Response:
    names = queries.names_to_pick(session) if shown.open else []
    about = next((choice for choice in shown.choices if choice.offering.id == wanted or len(shown.choices) == 1), None)
    return render(
        request,
        "registration/form.html",
        status=status,
        shown=shown,
        form=form,
        about=about,
        asked=asked,
        not_found={"for_organisation": _("Vi hittar ingen organisation med det namnet")}
        if asked and not shown.organisation
        else {},
        form_key=key or new_token(),
        stamp=stamp,
        names=names,
        many_names=len(names) == queries.MOST_SUGGESTIONS,
        suggestions=suggestions,
        diets=[(diet, _(said)) for diet, said in DIETS.items()],
        needs_days=current().needs_days,
    )
