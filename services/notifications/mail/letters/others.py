"""Letters that are about no registration: to staff who sign in, to those who were present, to those who are invited."""

from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import quote
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from services.notifications.mail.facts import Facts
from services.notifications.mail.letters.letter import Letter, NotYet, Site, Withhold, eyebrow, in_language, page
from services.notifications.models import Activity, Mailing, Message, Project
from services.notifications.rules.placeholders import fill_html, fill_plain, fill_text
from shared.events.operations import AlarmChanged
from shared.i18n import _, deadline, when
from shared.secrets import unseal
from shared.service import current_settings

LATEST_SURVEY = timedelta(days=30)
"""After that long nobody remembers the day well enough to answer."""


def sign_in(message: Message, _facts: Facts, site: Site, _now: datetime) -> Letter:
    """The link that a member of staff asked for."""
    link = in_language(unseal(message.context["link"]), message.language, site)
    return Letter(message.context["name"], message.recipient or "", {"link": link, "expires": message.useful_until})


def alarm(message: Message, _facts: Facts, site: Site, _now: datetime) -> Letter:
    """Something is wrong in a service, or is well again."""
    event = AlarmChanged.model_validate(message.context)
    address = message.recipient or ""
    context = {
        "event": event,
        "words": event.en if message.language == "en" else event.sv,
        "link": in_language(f"{site.public_url}/drift/{event.service}", message.language, site),
    }
    return Letter(address, address, context)


def survey(message: Message, facts: Facts, site: Site, now: datetime) -> Letter:
    """A question to somebody who was there."""
    person = facts.people.get(message.person_id) if message.person_id else None
    activity = facts.activities.get(UUID(message.context["activity"]))
    if person is None or activity is None:
        raise NotYet
    if activity.ends_at + LATEST_SURVEY < now:
        raise Withhold("activity_long_over")
    context = {
        "title": message.context["title"],
        "activity": activity,
        "link": in_language(unseal(message.context["link"]), message.language, site),
        "closes": message.useful_until,
    }
    return Letter(person.full_name, person.email, context)


def invitation(message: Message, facts: Facts, site: Site, now: datetime) -> Letter:
    """One recipient's copy of a mailing."""
    mailing = facts.mailings[UUID(str(message.mailing_id))]
    recipient = facts.recipients[UUID(message.context["recipient"])]
    if recipient.registered_at is not None:
        raise Withhold("already_registered")
    project, activity = subject_matter(mailing, facts)
    if activity is not None and activity.last_day <= now:
        raise Withhold("registration_closed")
    link = registration_link(project, activity, unseal(message.context["key"]), mailing.language, site)
    return _invitation(
        mailing,
        project,
        activity,
        name=recipient.name,
        address=recipient.address,
        organisation=recipient.organisation,
        link=link,
        unsubscribe=page(f"/utskick/avanmal/{unsubscribe_token(recipient.id)}", mailing.language, site),
    )


def invitation_test(message: Message, facts: Facts, site: Site, _now: datetime) -> Letter:
    """The same to the organiser, to see how it looks in a real mailbox. Its link is nobody's own."""
    mailing = facts.mailings[UUID(message.context["mailing"])]
    project, activity = subject_matter(mailing, facts)
    return draft_letter(mailing, project, activity, message.context["name"], message.recipient or "", site)


def draft_letter(mailing: Mailing, project: Project, activity: Activity | None, name: str, address: str, site: Site) -> Letter:
    """How the draft would look to somebody called `name`."""
    return _invitation(
        mailing,
        project,
        activity,
        name=name,
        address=address,
        organisation=_("Din organisation"),
        link=registration_link(project, activity, "", mailing.language, site),
        unsubscribe="",
    )


def subject_matter(mailing: Mailing, facts: Facts) -> tuple[Project, Activity | None]:
    """What it invites to. Raises `NotYet`."""
    project = facts.projects.get(mailing.project_id)
    activity = facts.activities.get(mailing.activity_id) if mailing.activity_id else None
    if project is None or (mailing.activity_id and activity is None):
        raise NotYet
    return project, activity


def registration_link(project: Project, activity: Activity | None, key: str, language: str, site: Site) -> str:
    """The way to the form, with what it is about and who was invited."""
    asked = [f"aktivitet={activity.id}"] if activity else []
    asked += [f"inbjudan={quote(key)}"] if key else []
    return page(f"/anmalan/{project.slug}", language, site) + (f"?{'&'.join(asked)}" if asked else "")


def unsubscribe_token(recipient_id: UUID) -> str:
    """Goes with every mail to this recipient; nobody else can make it, and it says nothing to who reads it."""
    return str(_signer(current_settings().seal_key).dumps(recipient_id.hex))


def recipient_of(token: str) -> UUID | None:
    """Whom an unsubscribe link was made for; None for any other text."""
    try:
        return UUID(hex=_signer(current_settings().seal_key).loads(token))
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=4)
def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="notifications.unsubscribe")


def _invitation(
    mailing: Mailing,
    project: Project,
    activity: Activity | None,
    *,
    name: str,
    address: str,
    organisation: str,
    link: str,
    unsubscribe: str,
) -> Letter:
    values = {
        "namn": name or address,
        "organisation": organisation,
        "projekt": project.title,
        "aktivitet": activity.title if activity else project.title,
        "tid": when(activity.starts_at, activity.ends_at, activity.timezone) if activity else "",
        "plats": (_("Digitalt") if activity.mode == "online" else activity.place) if activity else "",
        "sista_dag": deadline(activity.last_day, activity.timezone) if activity else "",
        "lank": link,
    }
    context = {
        "subject_line": fill_text(mailing.subject, values),
        "text": fill_plain(mailing.body, values).strip(),
        "html": fill_html(mailing.body, values),
        "project": project,
        "activity": activity,
        "eyebrow": eyebrow(activity) if activity else "",
        "link": link,
        "unsubscribe": unsubscribe,
    }
    return Letter(name, address, context, unsubscribe=unsubscribe)
