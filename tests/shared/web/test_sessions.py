"""A page function and what surrounds it: one thread, one transaction, and several statements in one wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.testclient import TestClient

from shared.web import FormDep, SessionDep, failures, limit
from shared.web.sessions import guarded, in_one_thread


def test_guards_stand_around_the_page_function_in_its_thread() -> None:
    seen: list[tuple[str, int]] = []

    @contextmanager
    def guard(_request: Request) -> Iterator[None]:
        seen.append(("before", threading.get_ident()))
        yield
        seen.append(("after", threading.get_ident()))

    router = APIRouter()

    @router.get("/", dependencies=[guarded(guard)])
    def page() -> Response:
        seen.append(("page", threading.get_ident()))
        return Response()

    assert client_of(router).get("/").status_code == 200
    assert [said for said, _ in seen] == ["before", "page", "after"]
    assert len({thread for _, thread in seen}) == 1


def test_an_async_page_function_with_a_limit_or_a_session_is_refused_at_once() -> None:
    async def page() -> None:
        """Would be called without either."""

    async def page_with_session(session: SessionDep) -> None:
        """Likewise."""

    router = APIRouter()
    router.add_api_route("/", page, dependencies=[limit("1/minute")])
    with pytest.raises(TypeError, match="async"):
        in_one_thread(router)
    router = APIRouter()
    router.add_api_route("/", page_with_session)
    with pytest.raises(TypeError, match="async"):
        in_one_thread(router)


def test_a_router_within_a_router_is_refused_at_once() -> None:
    outer, inner = APIRouter(), APIRouter()
    inner.add_api_route("/", lambda: None)
    outer.include_router(inner)
    with pytest.raises(TypeError, match="each router by itself"):
        in_one_thread(outer)


def test_uploads_are_closed_when_the_page_function_is_done() -> None:
    kept: list[UploadFile] = []
    router = APIRouter()

    @router.post("/")
    def page(form: FormDep) -> Response:
        kept.extend(value for value in form.values() if isinstance(value, UploadFile))
        assert kept[0].file.read() == b"a;b"
        return Response()

    assert client_of(router).post("/", files={"list": ("list.csv", BytesIO(b"a;b"))}).status_code == 200
    assert kept[0].file.closed


def test_nothing_is_left_of_what_a_dependency_began_when_the_page_is_not_reached(session: Session) -> None:
    def refuse(session: SessionDep) -> None:
        session.execute(text("SELECT 1"))
        raise HTTPException(403)

    router = APIRouter()

    @router.get("/api/closed", dependencies=[Depends(refuse)])
    def page() -> None:
        """Never reached."""

    client = client_of(router)
    client.app.state.sessions = lambda: session  # type: ignore[attr-defined]
    failures.register(client.app)  # type: ignore[arg-type]
    assert client.get("/api/closed").status_code == 403
    assert not session.in_transaction()


def client_of(router: APIRouter) -> TestClient:
    app = FastAPI()
    app.include_router(in_one_thread(router))
    return TestClient(app)
