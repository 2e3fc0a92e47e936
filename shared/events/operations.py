"""What every service's operations watch publishes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.base import Event, Part


class Words(Part):
    """What is wrong and what to do about it, in one language."""

    title: str
    advice: str


class AlarmChanged(Event, name="alarm.changed"):
    """Something began to be wrong in a service, or is over: once each. Key: the incident."""

    incident_id: UUID
    service: str
    state: Literal["raised", "over"]
    sv: Words
    en: Words
    since: datetime
    over_at: datetime | None = None
