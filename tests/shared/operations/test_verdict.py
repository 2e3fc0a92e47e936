"""What the console says on top follows from the state, and each problem says what to do."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.operations.expectations import MOST
from shared.operations.hooks import Figure, Overdue
from shared.operations.state import Outgoing, Process, Queue, State, age_of
from shared.operations.verdict import problems

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WELL = State(
    service="catalog",
    queues=[Queue("catalog", 0)],
    outgoing=[],
    processes=[Process("w", "worker", NOW, timedelta(seconds=5)), Process("r", "relay", NOW, timedelta(seconds=1))],
)


def test_all_is_well() -> None:
    assert problems(WELL) == []


@pytest.mark.parametrize(
    ("changes", "level", "word"),
    [
        ({"queues": [Queue("catalog", None)]}, "danger", "Redis"),
        ({"processes": [Process("r", "relay", NOW, timedelta(seconds=1))]}, "danger", "arbetare"),
        ({"processes": [Process("w", "worker", NOW, timedelta(seconds=5))]}, "danger", "relay"),
        ({"dead": 2}, "danger", "parkerats"),
        ({"failed": 1}, "warning", "misslyckats"),
        ({"outgoing": [Outgoing("surveys", 0, 4, timedelta(minutes=5))]}, "warning", "surveys"),
        ({"missed": 1}, "warning", "Planerat"),
    ],
)
def test_each_problem_is_named_with_what_to_do(changes: dict[str, object], level: str, word: str) -> None:
    from dataclasses import replace

    [problem] = problems(replace(WELL, **changes))  # type: ignore[arg-type]
    assert problem.level == level
    assert word in problem.what
    assert problem.do.endswith(".")


def test_what_is_late_is_wrong_and_leads_to_the_oldest() -> None:
    first, second = Overdue(UUID(int=1), NOW), Overdue(UUID(int=2), NOW)
    [problem] = problems(WELL, [("Sent", [first, second])])
    assert (problem.level, problem.what, problem.see) == ("danger", "Sent: 2.", f"/drift/spar?id={first.id}")


def test_of_very_many_that_are_late_it_says_at_least() -> None:
    [problem] = problems(WELL, [("Sent", [Overdue(UUID(int=n), NOW) for n in range(MOST)])])
    assert problem.what == f"Sent: minst {MOST}."


def test_a_figure_is_said_with_its_number_unless_it_is_yes_or_no() -> None:
    from dataclasses import replace

    figures = [Figure("one", "Mejl med fel", 3, "danger"), Figure("two", "Servern är borta", 1, "danger", counted=False)]
    assert [p.what for p in problems(replace(WELL, figures=figures))] == ["Mejl med fel: 3.", "Servern är borta."]


def test_the_worst_comes_first() -> None:
    from dataclasses import replace

    assert [p.level for p in problems(replace(WELL, failed=1, dead=1))] == ["danger", "warning"]


def test_the_age_of_a_queue_is_that_of_its_oldest_event() -> None:
    at = datetime.now(UTC) - timedelta(minutes=3)
    body = json.dumps([[[{"at": at.isoformat()}, {"at": datetime.now(UTC).isoformat()}]], {}, {}])
    headers = {"task": "catalog.receive", "at": time.time()}
    age = age_of(json.dumps({"body": base64.b64encode(body.encode()).decode(), "headers": headers}).encode())
    assert age is not None
    assert timedelta(minutes=3) <= age < timedelta(minutes=4)


def test_a_message_without_events_is_as_old_as_its_sending() -> None:
    headers = {"task": "catalog.acknowledge", "at": time.time() - 100}
    age = age_of(json.dumps({"body": "", "headers": headers}).encode())
    assert age is not None
    assert timedelta(seconds=100) <= age < timedelta(seconds=160)


@pytest.mark.parametrize("message", [None, b"not json", b"{}", b'{"body": "e30="}'])
def test_what_is_no_message_has_no_age(message: bytes | None) -> None:
    assert age_of(message) is None
