"""The nouns of notifications: mails, what they tell of, and whom mailings go to."""

from services.notifications.models.base import Base
from services.notifications.models.contacts import Contact, ContactList, RejectedLine
from services.notifications.models.facts import Activity, CalendarCopy, Organisation, Person, Project, Registration, Seat
from services.notifications.models.mailings import Mailing, MailingList, Recipient
from services.notifications.models.messages import OPEN, Message, MessageAttempt, Pause, Suppression

__all__ = [
    "OPEN",
    "Activity",
    "Base",
    "CalendarCopy",
    "Contact",
    "ContactList",
    "Mailing",
    "MailingList",
    "Message",
    "MessageAttempt",
    "Organisation",
    "Pause",
    "Person",
    "Project",
    "Recipient",
    "Registration",
    "RejectedLine",
    "Seat",
    "Suppression",
]
