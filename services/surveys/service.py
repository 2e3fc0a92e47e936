"""The service as its processes see it."""

from services.surveys.console import HOOKS
from services.surveys.demo import load
from services.surveys.handlers import HANDLERS
from services.surveys.models import Base
from services.surveys.settings import Settings
from shared.service import Service

SERVICE = Service(name="surveys", settings_class=Settings, metadata=Base.metadata, handlers=HANDLERS, demo=load, hooks=HOOKS)
