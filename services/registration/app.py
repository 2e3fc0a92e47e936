"""The web's entry point: `python -m services.registration web` serves `app`."""

from services.registration import wording
from services.registration.pages import ROUTERS
from services.registration.service import SERVICE
from shared.web import create_app

app = create_app(SERVICE, ROUTERS)
app.state.templates.globals["wording"] = wording
