"""The web shell: what makes four services one site.

`create_app()` gives a service its templates, static files, languages, security headers, error pages and measurements;
pages use what is exported here, and nothing of the design system outside `templates/macros` and `templates/base.html`.

    router = APIRouter()

    @router.get("/projekt/{slug}")
    def show_project(request: Request, session: SessionDep, slug: str) -> Response:
        return public(request, render(request, "catalog/project.html", project=project_by_slug(session, slug)))

    @router.post("/arbeta/projekt")
    def create(request: Request, session: SessionDep, form: FormDep, staff: OrganiserDep) -> Response:
        parsed = parse_form(ProjectForm, form)
        if parsed.value is None:
            return render(request, "catalog/project_form.html", status=422, form=parsed)
        project = create_project(session, parsed.value, now=now())
        return redirect(request, f"/arbeta/projekt/{project.id}", flash=_("Projektet är sparat."))

A template extends "base.html" and fills the blocks `title`, `main`, and if it wants `breadcrumbs`, `aside` (with `aside_label`),
`description` and `head` (both inside <head>). It always has `request`, `staff`, `lang` and `here` (the path without language).

A request is one transaction: it is committed after the page function has returned, and rolled back if the function raised or
rendered a page with an error status (400 and up).
"""

from shared.web.app import create_app
from shared.web.forms import FormDep, LocalDateTime, Parsed, Says, blank_form, parse_form
from shared.web.pages import Pagination, public, redirect, render
from shared.web.rate import TooManyRequests, limit, limit_misses
from shared.web.sessions import SessionDep, get_session
from shared.web.staff import (
    AdministratorDep,
    HostDep,
    OperatorDep,
    OrganiserDep,
    Staff,
    StaffDep,
    clear_session_cookie,
    current_staff,
    require_role,
    set_session_cookie,
    sign_session,
)

__all__ = [
    "AdministratorDep",
    "FormDep",
    "HostDep",
    "LocalDateTime",
    "OperatorDep",
    "OrganiserDep",
    "Pagination",
    "Parsed",
    "Says",
    "SessionDep",
    "Staff",
    "StaffDep",
    "TooManyRequests",
    "blank_form",
    "clear_session_cookie",
    "create_app",
    "current_staff",
    "get_session",
    "limit",
    "limit_misses",
    "parse_form",
    "public",
    "redirect",
    "render",
    "require_role",
    "set_session_cookie",
    "sign_session",
]
