"""Filling in the form as a browser would."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from services.registration.service import SERVICE
from shared.clock import now
from shared.events.catalog import ActivityReleased
from shared.secrets import new_token
from shared.web.bots import form_stamp


def filled(*activities: ActivityReleased, **fields: Any) -> dict[str, Any]:
    """What the browser of somebody who took their time posts."""
    given = {
        "full_name": "Åsa Lind",
        "email": "asa.lind@region.example",
        "organisation": "Region Halland",
        "activities": [str(activity.activity_id) for activity in activities],
        "read_notice": "ja",
        "form_key": new_token(),
        "visat": form_stamp(SERVICE.settings, now() - timedelta(seconds=30)),
        "webbplats": "",
    }
    return {name: value for name, value in (given | fields).items() if value is not None}


def words(response: Any) -> str:
    """The page's text, without markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


__all__ = ["filled", "words"]
