"""Messages from visitors."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.catalog.models import Feedback


def leave_feedback(session: Session, *, subject: str, message: str, email: str, now: datetime) -> Feedback:
    """Keep what somebody wrote until staff have seen to it."""
    feedback = Feedback(subject=subject, message=message, email=email, created_at=now)
    session.add(feedback)
    return feedback
