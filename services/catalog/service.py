"""The service as its processes see it."""

from services.catalog.demo import load
from services.catalog.handlers import HANDLERS
from services.catalog.models import Base
from services.catalog.settings import Settings
from shared.service import Service

SERVICE = Service(name="catalog", settings_class=Settings, metadata=Base.metadata, handlers=HANDLERS, demo=load)
