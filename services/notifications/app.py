"""The web's entry point."""

from services.notifications.pages import routers
from services.notifications.pages.unsubscribing import OPEN_TO_ALL
from services.notifications.service import SERVICE
from shared.web import create_app

app = create_app(SERVICE, routers, open_to_all=[OPEN_TO_ALL])
