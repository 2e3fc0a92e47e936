"""How long a survey is open."""

from datetime import datetime, time, timedelta

from shared.i18n import STOCKHOLM


def closing_time(closed_at: datetime, now: datetime, days: int) -> datetime:
    """The midnight in Stockholm that ends the last day to answer: `days` days after the attendance was closed.

    An attendance that arrives late takes nothing from the time to answer: what counts then is when it arrived.
    """
    last_day = max(closed_at, now).astimezone(STOCKHOLM).date() + timedelta(days=days)
    return datetime.combine(last_day + timedelta(days=1), time(), STOCKHOLM)
