"""The calendar: every released activity, by month, narrowed by region, kind and project."""

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.catalog import labels
from services.catalog.pages.agenda import months
from services.catalog.queries.public import calendar, public_projects, regions
from shared.clock import now
from shared.i18n import _
from shared.web import SessionDep, public, render

router = APIRouter(include_in_schema=False)


@router.get("/kalender")
def show_calendar(
    request: Request,
    session: SessionDep,
    lan: str = "",
    typ: str = "",
    projekt: str = "",
    tid: Literal["kommande", "tidigare"] = "kommande",
) -> Response:
    """What is to come, or what has been."""
    moment = now()
    chosen = {"lan": lan, "typ": typ, "projekt": projekt}
    found = calendar(session, moment, past=tid == "tidigare", region=lan, kind=typ, project=projekt)
    return public(
        request,
        render(
            request,
            "catalog/calendar.html",
            now=moment,
            months=months(found),
            found=len(found),
            tid=tid,
            chosen=chosen,
            narrowed=any(chosen.values()),
            regions=[(region.region_code, region.title) for region in regions(session)],
            kinds=[(kind, _(name)) for kind, name in labels.ACTIVITY_KINDS.items()],
            projects=[(listed.project.slug, listed.project.title) for listed in public_projects(session, moment)],
        ),
    )
