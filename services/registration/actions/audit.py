"""Who read personal data, and who acted for somebody else: a line each in the kernel's audit log (product rule 9)."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from shared.database import new_id
from shared.messaging.tables import audit


def note(session: Session, staff_id: UUID, action: str, target: str, **detail: Any) -> None:
    """Write that a member of staff did `action` ("registrations.read") to `target` ("activity:<id>").

    No personal data in `detail`.
    """
    session.execute(insert(audit).values(id=new_id(), actor=str(staff_id), action=action, target=target, detail=detail))
