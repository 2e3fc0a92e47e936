"""Which of the events that have arrived may be handled now: the rule of order per key, without I/O."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.messaging.envelope import Envelope, Key


@dataclass(frozen=True)
class Mark:
    """How far a key has come: all up to `last_seq` is settled. `held`: events beyond it are kept in the database.
    `halted`: a person has stopped the inbox.
    """

    last_seq: int
    held: bool
    halted: bool = False


@dataclass(frozen=True)
class Places:
    """Those that have been settled before are in none of the lists."""

    ready: list[Envelope]
    """Their turn has come, in this order."""
    ahead: list[Envelope]
    """Something before them is missing, or the inbox is halted: they are to be kept."""
    held: list[Envelope]
    """Something of their key is kept already (perhaps they themselves): to be looked at one by one."""


def place(envelopes: Iterable[Envelope], marks: Mapping[Key, Mark], own: Container[UUID] = ()) -> Places:
    """Sort out what has arrived, however often and in whatever order. `own` are those kept by the caller itself."""
    ready: list[Envelope] = []
    held: list[Envelope] = []
    last = {key: mark.last_seq for key, mark in marks.items()}
    waiting: defaultdict[Key, dict[int, Envelope]] = defaultdict(dict)
    for envelope in envelopes:
        key = envelope.place
        if envelope.seq <= last[key]:
            continue
        if marks[key].held and envelope.id not in own:
            held.append(envelope)
            continue
        waiting[key][envelope.seq] = envelope
        while (envelope.id in own or not marks[key].halted) and (following := waiting[key].pop(last[key] + 1, None)):
            ready.append(following)
            last[key] += 1
    return Places(ready, [envelope for those in waiting.values() for envelope in those.values()], held)
