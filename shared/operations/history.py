"""The last two days: a row of figures a minute, and what the console draws from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.i18n import N_
from shared.operations.hooks import Hooks
from shared.operations.state import State

HOURS = 48
_PARTS = 96
"""Bars a chart: half an hour each."""

_WRITE = text("""
    INSERT INTO sample (at, figures) VALUES (date_trunc('minute', now()), CAST(:figures AS jsonb)) ON CONFLICT (at) DO NOTHING
""")
_READ = text("""
    SELECT figure.key AS name, width_bucket(extract(epoch FROM at), :start, :end, :parts) - 1 AS part,
        sum(figure.value::numeric) AS sum, max(figure.value::numeric) AS most
    FROM sample, jsonb_each_text(figures) AS figure
    WHERE at >= to_timestamp(:start) AND at < to_timestamp(:end) GROUP BY 1, 2
""")

FLOWS = {"handled": N_("Hanterade händelser"), "delivered": N_("Levererade händelser")}
"""They add up; of the others the highest counts."""
LEVELS = {
    "queue": N_("Djup i kön"),
    "pending": N_("Okvitterade händelser"),
    "oldest": N_("Äldsta okvitterade händelsen, sekunder"),
    "failed": N_("Görs om"),
    "dead": N_("Parkerade"),
    "workers": N_("Arbetare som svarar"),
}


@dataclass(frozen=True)
class Series:
    """One figure over time: a value for each half hour, None where nothing was written down."""

    name: str
    text: str
    adds_up: bool
    values: Sequence[float | None]
    starts: datetime

    @property
    def highest(self) -> float:
        return max((value for value in self.values if value is not None), default=0)

    @property
    def bars(self) -> list[tuple[int, float, float]]:
        """(place from the left, y, height) in a box that is 96 wide and 24 high."""
        top = self.highest or 1
        heights = [(index, round(24 * value / top, 2)) for index, value in enumerate(self.values) if value]
        return [(index, round(24 - height, 2), height) for index, height in heights]

    @property
    def rows(self) -> list[tuple[datetime, float]]:
        """What the table shows: four hours a row, the newest first."""
        found = []
        for first in range(0, _PARTS, 8):
            known = [value for value in self.values[first : first + 8] if value is not None]
            if known:
                found.append((self.starts + first * self.step, sum(known) if self.adds_up else max(known)))
        return found[::-1]

    @property
    def step(self) -> timedelta:
        return timedelta(hours=HOURS) / _PARTS


def figures_of(state: State) -> dict[str, float]:
    """What is written down of a service each minute."""
    depths = [queue.depth for queue in state.queues if queue.depth is not None]
    return {
        "handled": state.handled,
        "delivered": state.delivered,
        **({"queue": sum(depths)} if depths else {}),
        "pending": sum(outgoing.unsent + outgoing.unacknowledged for outgoing in state.outgoing),
        "oldest": round(state.oldest_pending.total_seconds(), 1),
        "failed": state.failed,
        "dead": state.dead,
        "workers": len(state.alive("worker")),
        **{figure.name: figure.value for figure in state.figures},
    }


def keep_sample(session: Session, state: State) -> None:
    """Write this minute down, if nobody has. `handled` and `delivered` are of the sixty seconds before."""
    session.execute(_WRITE, {"figures": orjson.dumps(figures_of(state)).decode()})


def read_history(session: Session, hooks: Hooks, now: datetime) -> list[Series]:
    """Every figure, two statements whatever the length."""
    step = timedelta(hours=HOURS) / _PARTS
    end = datetime.fromtimestamp(-(-now.timestamp() // step.total_seconds()) * step.total_seconds(), tz=now.tzinfo)
    start = end - timedelta(hours=HOURS)
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for row in session.execute(_READ, {"start": start.timestamp(), "end": end.timestamp(), "parts": _PARTS}):
        found.setdefault(row.name, {})[row.part] = (float(row.sum), float(row.most))
    own = {figure.name: figure.text for figure in hooks.figures(session)} if hooks.figures else {}
    return [
        Series(name, text_, name in FLOWS, _values(found.get(name, {}), adds_up=name in FLOWS), start)
        for name, text_ in {**FLOWS, **LEVELS, **own}.items()
    ]


def _values(parts: Mapping[int, tuple[float, float]], *, adds_up: bool) -> list[float | None]:
    return [parts[index][0 if adds_up else 1] if index in parts else None for index in range(_PARTS)]
