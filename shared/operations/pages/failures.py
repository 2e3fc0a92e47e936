"""/drift/<service>/fel: what failed, by error and place, and what to do about it."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.responses import Response

from shared.i18n import N_, _, ngettext
from shared.operations import failures as failing
from shared.operations.failures import Choice, NothingToDo
from shared.operations.pages.common import LOOKING
from shared.web import FormDep, OperatorDep, Pagination, SessionDep, blank_form, parse_form, redirect, render
from shared.web.forms import Says, Text200

_GROUP = re.compile(r"[0-9a-f]{32}")


class Discarding(BaseModel):
    """Why events are given up."""

    reason: Annotated[Text200, Says(N_("varför de kastas"))]


def router(service: str) -> APIRouter:
    """The groups, the failures in one, and what may be done with them."""
    routes = APIRouter(include_in_schema=False)
    address = f"/drift/{service}/fel"

    @routes.get(address, dependencies=LOOKING)
    def groups(request: Request, session: SessionDep) -> Response:
        found = failing.list_groups(session)
        aside = failing.list_aside(session)
        return render(request, "operations/failures.html", service=service, groups=found, aside=aside)

    @routes.get(f"{address}/{{group}}", dependencies=LOOKING)
    def one_group(request: Request, session: SessionDep, group: str) -> Response:
        choice = Choice(group=_group(group))
        pages = Pagination.of(request, failing.count_failures(session, choice))
        rows = failing.list_failures(session, choice, limit=pages.size, offset=pages.offset)
        if not rows:
            return redirect(request, address, flash=_("Gruppen är tom: inget av felen finns kvar."))
        return render(request, "operations/failure_group.html", service=service, group=group, failures=rows, pages=pages)

    @routes.post(f"{address}/igen")
    def retry(request: Request, session: SessionDep, staff: OperatorDep, form: FormDep) -> Response:
        choice = _choice(form)
        if choice is None:
            return _choose_first(request, form)
        count = failing.retry(session, choice, actor=str(staff.staff_id))
        return redirect(
            request,
            address,
            flash=ngettext("%(num)d händelse försöks igen nu.", "%(num)d händelser försöks igen nu.", count) % {"num": count},
        )

    @routes.post(f"{address}/kasta")
    def discard(request: Request, session: SessionDep, staff: OperatorDep, form: FormDep) -> Response:
        choice = _choice(form)
        if choice is None:
            return _choose_first(request, form)
        asked = "reason" in form
        parsed = parse_form(Discarding, form) if asked else blank_form(Discarding)
        if not asked or parsed.value is None:
            if not (count := failing.count_failures(session, choice)):
                raise NothingToDo
            facts = {"service": service, "choice": choice, "count": count, "form": parsed}
            return render(request, "operations/discard.html", status=422 if asked else 200, **facts)
        count = failing.discard(session, choice, actor=str(staff.staff_id), reason=parsed.value.reason)
        flash = ngettext("%(num)d händelse är kastad.", "%(num)d händelser är kastade.", count) % {"num": count}
        return redirect(request, address, flash=flash)

    def _choose_first(request: Request, form: FormData) -> Response:
        back = f"{address}/{_group(str(form.get('group', '')))}".rstrip("/")
        return redirect(request, back, flash=_("Välj först en eller flera händelser."))

    return routes


def _choice(form: FormData) -> Choice | None:
    """What a button was pressed for: `only` one, all (of the group, if one is named), or those that were ticked."""
    group = _group(str(form.get("group", "")))
    if form.get("all"):
        return Choice(group=group)
    ticked = [form["only"]] if "only" in form else form.getlist("event")
    try:
        events = [UUID(str(each)) for each in ticked]
    except ValueError:
        return None
    return Choice(group=group, events=events) if events else None


def _group(text: str) -> str:
    return text if _GROUP.fullmatch(text) else ""
