"""The sentence on top of the console: whether all is well and, if not, what to do. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from shared.i18n import _, second
from shared.operations.expectations import MOST
from shared.operations.hooks import Overdue
from shared.operations.state import State

OLD = timedelta(minutes=2)
"""An event that has not had its effect after this is late: normally it takes milliseconds."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, in the reader's language, and what to do about it."""

    level: Literal["danger", "warning"]
    what: str
    do: str
    see: str = ""
    """The page of the site where it is seen, and where it is done."""


Late = Sequence[tuple[str, Sequence[Overdue]]]
"""What is missing, in Swedish, and what is late of it."""


def problems(state: State, late: Late = ()) -> list[Problem]:
    """All that is wrong with a service, worst first; empty when all is well."""
    return sorted([*_problems(state), *_late(late)], key=lambda problem: problem.level)


def _late(late: Late) -> Iterator[Problem]:
    for text, overdue in late:
        count = str(len(overdue)) if len(overdue) < MOST else _("minst {count}").format(count=MOST)
        yield Problem(
            "danger",
            f"{_(text)}: {count}.",
            _("Följ det äldsta för att se var det stannade."),
            f"/drift/spar?id={overdue[0].id}",
        )


def _problems(state: State) -> Iterator[Problem]:
    mine = f"/drift/{state.service}"
    if not state.redis_answers:
        yield Problem(
            "danger",
            _("Redis svarar inte."),
            _("Starta om Redis. Ingenting har gått förlorat: det som väntar skickas när Redis är tillbaka."),
        )
    if not state.alive("worker"):
        yield Problem(
            "danger",
            _("Ingen arbetare svarar."),
            _("Starta om processen {name}. Det som väntar tas om hand när den är igång.").format(name=f"{state.service}-worker"),
        )
    if not state.alive("relay"):
        yield Problem(
            "danger",
            _("Ingen utskickare (relay) svarar."),
            _("Starta om processen {name}. Det som väntar skickas när den är igång.").format(name=f"{state.service}-relay"),
        )
    if state.dead:
        yield Problem(
            "danger",
            _("Händelser har parkerats efter för många försök: {count}.").format(count=state.dead),
            _("Läs felet, rätta orsaken och försök igen från listan över fel."),
            f"{mine}/fel",
        )
    if state.failed:
        yield Problem(
            "warning",
            _("Händelser har misslyckats och görs om: {count}.").format(count=state.failed),
            _("De försöks igen av sig själva. Läs felet om antalet inte minskar."),
            f"{mine}/fel",
        )
    for figure in state.figures:
        if figure.level == "danger" and figure.value:
            said = f"{_(figure.text)}: {figure.value}." if figure.counted else f"{_(figure.text)}."
            yield Problem("danger", said, _(figure.advice), figure.see or mine)
    yield from _of_lines(state)
    if state.missed:
        yield Problem(
            "warning",
            _("Planerat arbete hann inte göras i tid: {count}.").format(count=state.missed),
            _("Se efter hur länge tjänsten var nere och gör det som saknas för hand."),
        )


def _of_lines(state: State) -> Iterator[Problem]:
    """What people have stopped, and what does not get through."""
    mine = f"/drift/{state.service}"
    for queue in state.queues:
        if queue.halted_at is not None:
            yield Problem(
                "warning",
                _("Kön {name} är pausad sedan {time}.").format(name=queue.name, time=second(queue.halted_at)),
                _("{reason}. Fortsätt när orsaken är borta: det som väntar hanteras då i ordning.").format(
                    reason=queue.reason.rstrip(".")
                ),
                mine,
            )
    for outgoing in state.outgoing:
        if outgoing.halted_at is not None:
            yield Problem(
                "warning",
                _("Händelser till {subscriber} är pausade sedan {time}.").format(
                    subscriber=outgoing.subscriber, time=second(outgoing.halted_at)
                ),
                _("{reason}. Fortsätt när orsaken är borta: det som väntar skickas då i ordning.").format(
                    reason=outgoing.reason.rstrip(".")
                ),
                mine,
            )
        elif outgoing.oldest > OLD and state.alive("worker"):  # acknowledgements come through our own worker
            yield Problem(
                "warning",
                _("Händelser till {subscriber} har inte kvitterats på {minutes} minuter.").format(
                    subscriber=outgoing.subscriber, minutes=int(outgoing.oldest.total_seconds() // 60)
                ),
                _("Se efter om {subscriber} har en arbetare som svarar.").format(subscriber=outgoing.subscriber),
                f"/drift/{outgoing.subscriber}",
            )
