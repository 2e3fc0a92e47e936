"""Against robots that fill in public forms: a field that people never see, and a signed time of when the form was shown.

    {{ forms.trap() }}          in the form; in one that is shown again with errors: forms.trap(kept_stamp(request, form))
    if reason := robot(request, form): parsed.add_error("", reason)

Nobody is asked to prove anything, nobody else's server is called, and whoever is stopped wrongly can send the form once more.
"""

from datetime import datetime
from functools import lru_cache

from fastapi import Request
from itsdangerous import BadData, URLSafeSerializer
from starlette.datastructures import FormData

from shared import clock
from shared.i18n import _
from shared.settings import KernelSettings

TRAP = "webbplats"
STAMP = "visat"
FASTEST = 2.0
LONGEST = 24 * 60 * 60.0


def form_stamp(settings: KernelSettings, shown_at: datetime | None = None) -> str:
    """When the form was shown (now, unless a test says otherwise), signed."""
    return str(_signer(settings).dumps((shown_at or clock.now()).timestamp()))


def robot(request: Request, form: FormData) -> str:
    """Why the form is not accepted; nothing when a person seems to have sent it."""
    if form.get(TRAP):
        return _("Lämna det dolda fältet tomt och skicka formuläret igen.")
    try:
        passed = clock.now().timestamp() - float(_signer(request.app.state.settings).loads(str(form.get(STAMP, ""))))
    except BadData:
        return _("Något saknades i det som skickades. Kontrollera uppgifterna och skicka formuläret igen.")
    if passed < FASTEST:
        return _("Formuläret skickades ovanligt snabbt. Kontrollera uppgifterna och skicka det igen.")
    if passed > LONGEST:
        return _("Formuläret har stått öppet länge. Kontrollera uppgifterna och skicka det igen.")
    return ""


def kept_stamp(request: Request, form: FormData) -> str:
    """For a form that is shown again with errors: its first stamp if it is good, so that a quick correction is not too quick."""
    stamp = str(form.get(STAMP, ""))
    try:
        shown = float(_signer(request.app.state.settings).loads(stamp))
    except BadData:
        return ""
    return stamp if clock.now().timestamp() - shown < LONGEST else ""


def _signer(settings: KernelSettings) -> URLSafeSerializer:
    return _signer_with(settings.seal_key)


@lru_cache(maxsize=8)
def _signer_with(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="form")
