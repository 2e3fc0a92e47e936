"""The service as its processes see it."""

from services.registration.console import HOOKS
from services.registration.demo import load
from services.registration.handlers import HANDLERS
from services.registration.models import Base
from services.registration.settings import Settings
from shared.service import Service

SERVICE = Service(name="registration", settings_class=Settings, metadata=Base.metadata, handlers=HANDLERS, demo=load, hooks=HOOKS)
