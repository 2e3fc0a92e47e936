"""One function a kind of mail: from the facts that are true now to the letter, or to why there is none.

Pure: they read what they are given. What a letter says in words stands in its templates.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from services.notifications.mail.facts import Facts
from services.notifications.mail.letters.letter import Entry, Letter, NotYet, Site, Withhold
from services.notifications.mail.letters.others import alarm, invitation, invitation_test, sign_in, survey
from services.notifications.mail.letters.registrations import changed, confirmation
from services.notifications.models import Message
from shared.i18n import in_language

LETTERS: Mapping[str, Callable[[Message, Facts, Site, datetime], Letter]] = {
    "sign_in": sign_in,
    "alarm": alarm,
    "confirmation": confirmation,
    "cancelled": changed,
    "offered": changed,
    "accepted": changed,
    "declined": changed,
    "expired": changed,
    "survey": survey,
    "invitation": invitation,
    "invitation_test": invitation_test,
}


def write_letter(message: Message, facts: Facts, site: Site, now: datetime) -> Letter:
    """The letter of `message`. Raises `Withhold` when it would be of no use, `NotYet` when facts are missing."""
    if message.useful_until is not None and message.useful_until <= now:
        raise Withhold("survey_closed" if message.kind == "survey" else "useless")
    with in_language(message.language):
        letter = LETTERS[message.kind](message, facts, site, now)
    key = letter.address.lower()
    if (key, "bounced") in facts.suppressed:
        raise Withhold("bounced")
    if message.kind == "invitation" and (key, "unsubscribed") in facts.suppressed:
        raise Withhold("unsubscribed")
    return letter


__all__ = ["LETTERS", "Entry", "Letter", "NotYet", "Site", "Withhold", "write_letter"]
