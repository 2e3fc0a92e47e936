"""Jinja2 as every service uses it: escaped, strict about what is undefined, and in two languages."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared import i18n
from shared.markdown import markdown
from shared.settings import KernelSettings
from shared.web.assets import static
from shared.web.bots import form_stamp

ROOT = Path(__file__).resolve().parents[2]


def make_environment(service: str, settings: KernelSettings, *, extra: Sequence[Path] = ()) -> Environment:
    """Templates of the shell, of the operations panel, and of the service, which are called "<service>/<page>.html"."""
    folders = [
        ROOT / "shared/web/templates",
        ROOT / "shared/operations/templates",
        ROOT / "services" / service / "templates",
        *extra,
    ]
    environment = Environment(
        loader=FileSystemLoader([*folders, *extra]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings.environment == "development",
        cache_size=-1,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext, npgettext=i18n.npgettext
    )
    environment.globals.update(path=path, static=static, form_stamp=partial(form_stamp, settings))
    environment.filters.update(
        when=i18n.when,
        day=i18n.day,
        deadline=i18n.deadline,
        duration=i18n.duration,
        second=i18n.second,
        clock=i18n.clock,
        iso=iso,
        number=i18n.number,
        percent=i18n.percent,
        markdown=markdown,
        translated=i18n.gettext,
        anchor=anchor,
    )
    return environment


def path(address: str) -> str:
    """An address on this site in the language of the moment: `path("/projekt")` is "/en/projekt" on an English page."""
    if i18n.language() == i18n.SWEDISH or not address.startswith("/"):
        return address
    return f"/{i18n.language()}{'' if address == '/' else address}"


def iso(moment: datetime, zone: str | None = None) -> str:
    """For `<time datetime="…">`: to the minute, with the offset."""
    return moment.astimezone(ZoneInfo(zone) if zone else i18n.STOCKHOLM).isoformat(timespec="minutes")


def anchor(text: str) -> str:
    """An id for a heading or a caption: "Resultat per träff" is "resultat-per-traff"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "rubrik"
