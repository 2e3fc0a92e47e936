"""The audit log: what operations staff did, and whose data they looked at. Kept in the database that it concerns."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from shared.database import new_id
from shared.i18n import N_

_AUDIT = text("""
    INSERT INTO audit (id, actor, action, target, detail, reason)
    VALUES (:id, :actor, :action, :target, CAST(:detail AS jsonb), :reason)
""")
_CHOSEN = "(:kind = '' OR (action LIKE '%.read') = (:kind = 'reads'))"
_COUNT = text(f"SELECT count(*) FROM audit WHERE {_CHOSEN}")  # noqa: S608 (a constant)
_LINES = text(f"""
    SELECT at, coalesce(nullif(name, ''), actor) AS who, action, target, reason, CAST(detail->>'events' AS integer) AS events
    FROM audit LEFT JOIN staff_state ON CAST(staff_id AS text) = actor
    WHERE {_CHOSEN} ORDER BY at DESC, id DESC LIMIT :limit OFFSET :offset
""")  # noqa: S608

Kind = Literal["", "acts", "reads"]
"""All, what was done, or who read personal data."""

ACTS = {
    "retry": N_("Försökte igen"),
    "discard": N_("Kastade"),
    "stream.stop": N_("Pausade händelser till"),
    "stream.start": N_("Fortsatte händelser till"),
    "queue.stop": N_("Pausade kön"),
    "queue.start": N_("Fortsatte kön"),
    "switch.stop": N_("Pausade"),
    "switch.start": N_("Fortsatte"),
    "worker.drain": N_("Tömde arbetaren"),
    "stream.verify": N_("Begärde avstämning"),
    "stream.new": N_("Började en ny ström"),
    "events.gone": N_("Hoppade över händelser som ingen har kvar"),
    "redis.wiped": N_("Fann Redis tömt och skickade igen"),
    "timeline.read": N_("Läste spåret"),
}
"""What the kernel's own lines are called; a service's are shown as they are."""


def note(session: Session, actor: str, action: str, target: str, detail: Mapping[str, Any], reason: str = "") -> None:
    """Write a line, in the same transaction as what it tells of."""
    values = {"actor": actor, "action": action, "target": target, "detail": orjson.dumps(detail).decode(), "reason": reason}
    session.execute(_AUDIT, {"id": new_id(), **values})


def count_lines(session: Session, kind: Kind = "") -> int:
    """How many there are."""
    return int(session.execute(_COUNT, {"kind": kind}).scalar_one())


def list_lines(session: Session, kind: Kind = "", *, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """Newest first, each with the name of who did it: nobody's but staff's, and none of what the lines hold in detail."""
    return session.execute(_LINES, {"kind": kind, "limit": limit, "offset": offset}).all()
