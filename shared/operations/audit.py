"""The audit log: what operations staff did, and whose data they looked at. Kept in the database that it concerns."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import new_id

_AUDIT = text("""
    INSERT INTO audit (id, actor, action, target, detail, reason)
    VALUES (:id, :actor, :action, :target, CAST(:detail AS jsonb), :reason)
""")


def note(session: Session, actor: str, action: str, target: str, detail: Mapping[str, Any], reason: str = "") -> None:
    """Write a line, in the same transaction as what it tells of."""
    values = {"actor": actor, "action": action, "target": target, "detail": orjson.dumps(detail).decode(), "reason": reason}
    session.execute(_AUDIT, {"id": new_id(), **values})
