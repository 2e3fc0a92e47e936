"""A small site that uses all the shell has: its tests' subject, and the design system on one page."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, EmailStr
from starlette.responses import Response

from shared.database import new_metadata
from shared.errors import DomainError
from shared.i18n import N_, STOCKHOLM, _
from shared.service import Service
from shared.settings import KernelSettings
from shared.web import (
    FormDep,
    OperatorDep,
    OrganiserDep,
    Pagination,
    Says,
    blank_form,
    create_app,
    limit,
    parse_form,
    public,
    redirect,
    render,
)
from shared.web.bots import robot
from shared.web.forms import Text80

router = APIRouter()


class Settings(KernelSettings):
    database_url: str = "postgresql://nobody@127.0.0.1:1/nothing"


class Join(BaseModel):
    first_name: Annotated[Text80, Says(N_("ditt förnamn"))]
    last_name: Annotated[Text80, Says(N_("ditt efternamn"))]
    email: Annotated[EmailStr, Says(N_("din e-postadress"))]
    role: str = ""
    attendance: Annotated[Literal["on_site", "online"], Says(any=N_("Välj hur du vill delta"))]
    visits: list[str] = []
    needs: str = ""
    starts_at: datetime | None = None
    consent: Annotated[Literal["ja"], Says(any=N_("Bekräfta att du har läst hur uppgifterna används"))]


class Full(DomainError):
    """Aktiviteten {title} är full. Ställ dig i kö, eller välj en annan aktivitet."""


@router.get("/")
@router.get("/projekt/guide")
def guide(request: Request) -> Response:
    starts = datetime(2027, 6, 9, 9, 30, tzinfo=STOCKHOLM)
    ends = datetime(2027, 6, 9, 16, 30, tzinfo=STOCKHOLM)
    pages = Pagination.of(request, total=231)
    return public(request, render(request, "guide/page.html", starts=starts, ends=ends, pages=pages))


@router.get("/anmalan")
def form(request: Request) -> Response:
    return render(request, "guide/form.html", form=blank_form(Join, {"first_name": "Åsa", "visits": ["skog"]}))


@router.post("/anmalan")
def send(request: Request, posted: FormDep) -> Response:
    parsed = parse_form(Join, posted)
    if reason := robot(request, posted):
        parsed.add_error("", reason)
    if parsed.value is None:
        return render(request, "guide/form.html", status=422, form=parsed)
    return redirect(request, "/projekt/guide")


@router.get("/arbeta")
def work(request: Request, staff: OrganiserDep) -> Response:
    return render(request, "guide/page_for_staff.html", who=staff.name)


@router.post("/arbeta")
def save(request: Request, _staff: OrganiserDep) -> Response:
    return redirect(request, "/arbeta", flash=_("Ändringarna är sparade."))


@router.get("/drift")
def operations(_staff: OperatorDep) -> Response:
    return Response("drift")


@router.get("/full")
@router.get("/api/guide/full")
def full() -> Response:
    raise Full(title="Skog & trä")


@router.get("/fel")
def broken() -> Response:
    raise ZeroDivisionError("a fault of ours")


@router.post("/ofta", dependencies=[limit("2/minute")])
def often() -> Response:
    return Response("ok")


@router.post("/avanmal/{token}")
def unsubscribe(token: str) -> Response:
    return Response(token)


@router.get("/tal/{count}")
@router.get("/api/guide/tal/{count}")
def typed(count: int) -> Response:
    return Response(str(count))


def make_service(**settings: str) -> Service:
    """The service, with settings as the environment would give them."""
    kinds = {name: (str, value) for name, value in settings.items()}
    chosen = type("Settings", (Settings,), {"__annotations__": {n: k for n, (k, _) in kinds.items()}, **settings})
    return Service(name="catalog", settings_class=chosen, metadata=new_metadata(), handlers={})


def make_app(service: Service) -> FastAPI:
    """The site."""
    return create_app(service, [router], open_to_all=["/avanmal/"], templates=[Path(__file__).parent / "templates"])
