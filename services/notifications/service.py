"""Notifications, as its processes see it."""

from sqlalchemy.orm import Session, sessionmaker

from services.notifications.actions.ledger import MISDATED
from services.notifications.actions.messages import BULK, MAIL
from services.notifications.console import HOOKS
from services.notifications.handlers import HANDLERS
from services.notifications.models import Base
from services.notifications.settings import Settings
from services.notifications.tasks import LOOKS, register_tasks
from shared.service import Service


def _demo(sessions: sessionmaker[Session]) -> None:
    from services.notifications.demo import load

    load(sessions)


SERVICE = Service(
    name="notifications",
    settings_class=Settings,
    metadata=Base.metadata,
    handlers=HANDLERS,
    looks=LOOKS,
    misdated=MISDATED,
    extra_queues=(MAIL, BULK),
    register_tasks=register_tasks,
    demo=_demo,
    hooks=HOOKS,
)
