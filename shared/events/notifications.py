"""What notifications publishes."""

from datetime import datetime
from uuid import UUID

from shared.events.base import Event


class MailingCompleted(Event, name="mailing.completed"):
    """Every mail of a mailing has left or finally failed. Key: the mailing."""

    mailing_id: UUID
    project_id: UUID
    subject: str
    recipients: int
    sent: int
    failed: int
    completed_at: datetime
