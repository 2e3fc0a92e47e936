"""What the console says on top follows from the state, and each problem says what to do."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

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


def test_the_worst_comes_first() -> None:
    from dataclasses import replace

    assert [p.level for p in problems(replace(WELL, failed=1, dead=1))] == ["danger", "warning"]


def test_the_age_of_a_queue_is_that_of_its_oldest_event() -> None:
    at = datetime.now(UTC) - timedelta(minutes=3)
    body = json.dumps([[[{"at": at.isoformat()}, {"at": datetime.now(UTC).isoformat()}]], {}, {}])
    message = json.dumps({"body": base64.b64encode(body.encode()).decode(), "headers": {}}).encode()
    age = age_of(message)
    assert age is not None
    assert timedelta(minutes=3) <= age < timedelta(minutes=4)


@pytest.mark.parametrize("message", [None, b"not json", b"{}", b'{"body": "e30="}'])
def test_what_carries_no_events_has_no_age(message: bytes | None) -> None:
    assert age_of(message) is None
