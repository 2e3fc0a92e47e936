"""A bare FastAPI application: a form POST that inserts one row with SQLAlchemy, and a JSON answer."""

import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, Form
from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from starlette.responses import RedirectResponse, Response

from shared.database import make_engine

engine = make_engine(os.environ["DATABASE_URL"], application_name="bare", pool_size=10)
sessions = sessionmaker(engine)
app = FastAPI()


class Base(DeclarativeBase):
    """The floor's own table."""


class Bare(Base):
    __tablename__ = "bare"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)


Base.metadata.create_all(engine)


def get_session() -> Iterator[Session]:
    """One transaction a request."""
    with sessions.begin() as session:
        yield session


@app.post("/bare")
def insert(
    name: Annotated[str, Form()],
    email: Annotated[str, Form()],
    session: Annotated[Session, Depends(get_session, scope="function")],
) -> Response:
    session.add(Bare(name=name, email=email))
    return RedirectResponse("/bare", status_code=303)


@app.get("/bare")
def answer() -> dict[str, str]:
    return {"name": "Träffpunkt", "status": "ok"}
