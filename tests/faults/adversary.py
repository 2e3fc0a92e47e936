"""A relay behind an adversary: a tenth of what it publishes is dropped, a third doubled, and all comes late and shuffled.

``python -m tests.faults.adversary SERVICE relay``
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from importlib import import_module
from random import Random
from typing import Any

from shared.commands import main
from shared.messaging import wire

publish = wire.publish
random = Random(1)
held: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
"""What comes later, by subscriber: with what is published next."""


def meddle(app: Any, producer: Any, subscriber: str, envelopes: Sequence[dict[str, Any]]) -> None:
    """In place of `publish`."""
    there = held[subscriber]
    for envelope in envelopes:
        there += [envelope] * random.choices([0, 1, 2], [3, 17, 10])[0]
    random.shuffle(there)
    late = random.randint(0, len(there) // 2)
    for envelope in there[late:]:
        publish(app, producer, subscriber, [envelope])
    del there[late:]


place: Any = wire
place.publish = meddle
main(import_module(f"services.{sys.argv.pop(1)}.service").SERVICE)
