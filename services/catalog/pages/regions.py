"""Regions with what they work with, and the proposals that organisations have handed in."""

from collections import defaultdict
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from services.catalog.models import FocusArea
from services.catalog.pages.agenda import split
from services.catalog.queries.public import activities_in_region, focus_areas, hosted_by_region, proposals, region, regions
from shared.clock import now
from shared.web import SessionDep, public, render

router = APIRouter(include_in_schema=False)


@router.get("/regioner")
def list_regions(request: Request, session: SessionDep) -> Response:
    """All regions with their focus areas."""
    by_region: dict[str | None, list[FocusArea]] = defaultdict(list)
    for area in focus_areas(session):
        by_region[area.region_code].append(area)
    return public(
        request,
        render(
            request,
            "catalog/regions.html",
            regions=regions(session),
            shared_areas=by_region.pop(None, []),
            areas=by_region,
            hosted=hosted_by_region(session),
        ),
    )


@router.get("/regioner/{code}")
def show_region(request: Request, session: SessionDep, code: Annotated[str, Path(pattern=r"^\d\d$")]) -> Response:
    """What the region works with, and what takes place there."""
    moment = now()
    found = region(session, code)
    areas = focus_areas(session, code)
    coming, past = split(activities_in_region(session, code), moment)
    return public(
        request,
        render(
            request,
            "catalog/region.html",
            region=found,
            areas=[area for area in areas if area.region_code],
            shared_areas=[area for area in areas if not area.region_code],
            coming=coming,
            past=past,
            now=moment,
        ),
    )


@router.get("/forslag")
def list_proposals(request: Request, session: SessionDep) -> Response:
    """What has been proposed, by occasion."""
    occasions = [
        (occasion, handed_in_on, list(those))
        for (occasion, handed_in_on), those in groupby(proposals(session), key=lambda found: (found.occasion, found.handed_in_on))
    ]
    return public(request, render(request, "catalog/proposals.html", occasions=occasions))
