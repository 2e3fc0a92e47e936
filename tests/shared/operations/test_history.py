"""A minute's figures are written once; the charts show sums of what flows and the highest of what stands, as tables too."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.clock import now
from shared.operations.history import figures_of, keep_sample, read_history
from shared.operations.hooks import Figure, Hooks
from shared.operations.state import Outgoing
from shared.testing import Client, signed_in
from tests.shared.operations.test_verdict import WELL


def put(session: Session, at: datetime, **figures: float) -> None:
    import json

    session.execute(text("INSERT INTO sample VALUES (:at, CAST(:figures AS jsonb))"), {"at": at, "figures": json.dumps(figures)})


def test_a_minute_is_written_once(session: Session) -> None:
    state = replace(WELL, handled=7, outgoing=[Outgoing("surveys", 1, 2, timedelta(seconds=3))], figures=[Figure("mail", "x", 4)])
    keep_sample(session, state)
    keep_sample(session, replace(state, handled=99))
    [figures] = session.execute(text("SELECT figures FROM sample")).scalars()
    assert figures == figures_of(state)
    assert (figures["handled"], figures["pending"], figures["oldest"], figures["mail"], figures["workers"]) == (7, 3, 3.0, 4, 1)


def test_what_flows_adds_up_and_what_stands_shows_its_highest(session: Session) -> None:
    at = now().replace(second=0, microsecond=0) - timedelta(hours=5)
    half_hour = at - timedelta(minutes=at.minute % 30)
    put(session, half_hour + timedelta(minutes=1), handled=3, dead=1)
    put(session, half_hour + timedelta(minutes=2), handled=4, dead=5)
    put(session, now() - timedelta(hours=60), handled=1000, dead=1000)

    series = {each.name: each for each in read_history(session, Hooks(figures=lambda _: [Figure("mail", "Mejl", 0)]), now())}
    assert (series["handled"].highest, series["dead"].highest, series["mail"].highest) == (7, 5, 0)
    assert len([value for value in series["handled"].values if value is not None]) == 1
    assert len(series["handled"].bars) == 1
    [(_, y, height)] = series["handled"].bars
    assert (y, height) == (0, 24)
    assert [value for _, value in series["handled"].rows] == [7]


def test_the_page_costs_the_same_whatever_it_shows(client: Client, session: Session) -> None:
    signed_in(client, "operator")
    counts = []
    for minutes in (1, 40, 80):
        put(session, now() - timedelta(minutes=minutes), handled=minutes)
        session.commit()
        with client.counting():
            page = client.get("/drift/catalog/historik")
        assert page.status_code == 200
        counts.append(client.statements)
    assert counts == [3, 3, 3]
    assert "Som tabell" in page.text
