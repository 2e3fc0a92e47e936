"""Every kind of page in a real browser: accessible by axe's rules, no wider than 320 pixels, silent under the content policy."""

import socket
from collections.abc import Iterator
from threading import Thread
from uuid import UUID

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser

from services.catalog import demo
from services.catalog.actions.organisations import keep_proposed
from services.catalog.actions.projects import plan_project
from services.catalog.demo.register import demo_id
from services.catalog.models import Feedback
from services.catalog.rules.details import ProjectDetails
from shared.clock import now
from shared.service import Service, use
from shared.settings import DEVELOPMENT_PRIVATE_KEY
from shared.testing import Databases, empty, until
from shared.web import Staff, sign_session
from tests.catalog.simulated import attend_and_answer

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FINISHED, LAB = (demo_id("project", name) for name in ("naringslivets-grona-omstallning", "larlabb-hallbar-utveckling"))
WORKSHOP = demo_id("activity", "larlabb-hallbar-utveckling/workshop-1")
DRAFT, PENDING = UUID(int=1), UUID(int=2)
PUBLIC = [
    "/",
    "/projekt/naringslivets-grona-omstallning",
    "/projekt/naringslivets-grona-omstallning/resultat",
    "/projekt/larlabb-hallbar-utveckling",
    f"/aktivitet/{WORKSHOP}",
    "/kalender",
    "/kalender?tid=tidigare",
    "/kalender?lan=99",
    "/regioner",
    "/regioner/19",
    "/forslag",
    "/tillganglighet",
    "/kakor",
    "/oppna-data",
    "/kontakt",
    "/logga-in",
    "/logga-in/skickad",
    "/en",
    "/en/projekt/naringslivets-grona-omstallning",
    "/finns-inte",
]
STAFF = [
    "/arbeta",
    "/arbeta/projekt/nytt",
    f"/arbeta/projekt/{DRAFT}",
    f"/arbeta/projekt/{DRAFT}/publicera",
    f"/arbeta/projekt/{DRAFT}/forhandsvisa",
    f"/arbeta/projekt/{FINISHED}",
    f"/arbeta/projekt/{FINISHED}/siffror",
    f"/arbeta/projekt/{FINISHED}/slutrapport",
    f"/arbeta/projekt/{LAB}/publicera",
    f"/arbeta/projekt/{LAB}/aktiviteter/ny",
    f"/arbeta/aktivitet/{WORKSHOP}",
    "/arbeta/organisationer",
    f"/arbeta/organisationer/{PENDING}",
    "/arbeta/personal",
    f"/arbeta/personal/{demo_id('staff', 'karin-ek')}",
    "/arbeta/synpunkter",
]


@pytest.fixture(scope="module")
def site(app: FastAPI, service: Service, databases: Databases) -> Iterator[str]:
    """The web with the whole demonstration in it, on a port of its own."""
    use(service)
    sessions = databases.sessions(service)
    demo.PATIENCE = 0.0
    demo.load(sessions)
    with sessions.begin() as session:
        attend_and_answer(session, FINISHED)
        plan_project(
            session, ProjectDetails(kind="network", title="Ett utkast"), responsible_id=None, now=now(), project_id=DRAFT
        )
        keep_proposed(session, PENDING, "Region Gävleborgs län")
        session.add(Feedback(subject="other", message="Hej!\nBra sida.", email="", created_at=now()))
    demo.load(sessions)
    app.state.sessions = sessions
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)
    empty(service, databases.engine(service))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("signed_in", [False, True], ids=["visitor", "staff"])
def test_every_page(browser: Browser, site: str, width: int, scheme: str, signed_in: bool) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    if signed_in:
        staff = Staff(demo_id("staff", "admin"), "Amina Strand", "admin@traffpunkt.example", frozenset({"administrator"}))
        context.add_cookies([{"name": "session", "value": sign_session(DEVELOPMENT_PRIVATE_KEY, staff, now()), "url": site}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "status of 404" not in message.text else None)
    wrong: dict[str, list[object]] = {}
    for address in STAFF if signed_in else PUBLIC:
        answer = page.goto(f"{site}{address}")
        assert answer is not None
        assert answer.status in ({404} if address == "/finns-inte" else {200}), address
        found = Axe().run(page, options=RULES).response["violations"]
        wrong[address] = [*((rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found), *said]
        said.clear()
        for narrow in (width, 320):
            page.set_viewport_size({"width": narrow, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong[address].append(f"wider than {narrow} pixels")
        page.set_viewport_size({"width": width, "height": 900})
    context.close()
    assert {address: found for address, found in wrong.items() if found} == {}
