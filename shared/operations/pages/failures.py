"""/drift/<service>/fel: what failed, by error and place, and what to do about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from shared.i18n import N_, _, ngettext
from shared.operations import failures as failing
from shared.operations.failures import Choice
from shared.operations.pages.common import LOOKING
from shared.web import FormDep, OperatorDep, Pagination, SessionDep, Staff, blank_form, parse_form, redirect, render
from shared.web.forms import Says, Text200

_GROUP = re.compile(r"[0-9a-f]{32}")


class Reason(BaseModel):
    """Why it is done."""

    reason: Annotated[Text200, Says(N_("varför"))]


@dataclass(frozen=True)
class Act:
    """What may be done with events that have failed."""

    name: str
    """The last part of its address."""
    do: Callable[..., int]
    done: Callable[[int], str]


RETRY = Act(
    "igen",
    failing.retry,
    lambda count: ngettext("%(num)d händelse försöks igen nu.", "%(num)d händelser försöks igen nu.", count),
)
DISCARD = Act(
    "kasta", failing.discard, lambda count: ngettext("%(num)d händelse är kastad.", "%(num)d händelser är kastade.", count)
)


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
            return _nothing_left(request)
        return render(request, "operations/failure_group.html", service=service, group=group, failures=rows, pages=pages)

    @routes.post(f"{address}/igen")
    def retry(request: Request, session: SessionDep, staff: OperatorDep, form: FormDep) -> Response:
        return _act(RETRY, request, session, staff, form)

    @routes.post(f"{address}/kasta")
    def discard(request: Request, session: SessionDep, staff: OperatorDep, form: FormDep) -> Response:
        return _act(DISCARD, request, session, staff, form)

    def _act(act: Act, request: Request, session: Session, staff: Staff, form: FormData) -> Response:
        """Ask why first, and say how many events it concerns."""
        choice = _choice(form)
        if choice is None:
            back = f"{address}/{_group(str(form.get('group', '')))}".rstrip("/")
            return redirect(request, back, flash=_("Välj först en eller flera händelser."))
        asked = "reason" in form
        parsed = parse_form(Reason, form) if asked else blank_form(Reason)
        if parsed.value is None:
            if not (count := failing.count_failures(session, choice)):
                return _nothing_left(request)
            facts = {"service": service, "act": act.name, "choice": choice, "count": count, "most": failing.MOST, "form": parsed}
            return render(request, "operations/act.html", status=422 if asked else 200, **facts)
        count = act.do(session, choice, actor=str(staff.staff_id), reason=parsed.value.reason)
        return redirect(request, address, flash=act.done(count) % {"num": count}) if count else _nothing_left(request)

    def _nothing_left(request: Request) -> Response:
        return redirect(request, address, flash=_("Inget fel är kvar: händelsen lyckades, eller så tog någon hand om den."))

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
