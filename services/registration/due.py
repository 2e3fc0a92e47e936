"""What registration tells itself to do later."""

from datetime import datetime
from uuid import UUID

from shared.events import Event


class OfferLapsed(Event, name="registration.offer_lapsed"):
    """The time of an offered seat is over. Means nothing if it was answered, or offered anew with another time."""

    seat_id: UUID
    expires_at: datetime


class NeedsOutlived(Event, name="registration.needs_outlived"):
    """An activity ended so long ago that diets and needs given for it have no use. Means nothing if it was moved since."""

    activity_id: UUID
