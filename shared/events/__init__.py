"""Contracts: what the services tell each other, and who listens to what.

One module per owning service. ``tests/contracts/samples`` holds one sample per event, tested by producer and consumer.
"""

from shared.events import catalog, notifications, operations, registration, surveys
from shared.events.base import BY_NAME, Event, Part

SUBSCRIPTIONS: dict[type[Event], tuple[str, ...]] = {
    catalog.OrganisationChanged: ("registration", "notifications"),
    catalog.ProjectPublished: ("registration", "notifications", "surveys"),
    catalog.ActivityReleased: ("registration", "notifications", "surveys"),
    catalog.SignInRequested: ("notifications",),
    catalog.StaffChanged: ("registration", "notifications", "surveys"),
    registration.OrganisationProposed: ("catalog",),
    registration.RegistrationReceived: ("notifications",),
    registration.RegistrationChanged: ("notifications",),
    registration.AttendanceClosed: ("catalog", "surveys"),
    notifications.MailingCompleted: ("catalog",),
    surveys.SurveyInvited: ("notifications",),
    surveys.ResultsPublished: ("catalog",),
    operations.AlarmChanged: ("notifications",),
}
"""Event -> the services that listen to it. A test holds it against every service's HANDLERS."""

__all__ = ["BY_NAME", "SUBSCRIPTIONS", "Event", "Part"]
