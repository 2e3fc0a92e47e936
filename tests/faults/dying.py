"""A process that dies by SIGKILL, once at each of its fail-points, and otherwise is what it is in earnest.

``python -m tests.faults.dying FOLDER SERVICE KIND``: FOLDER remembers where it has died already. BY=SIGSTOP freezes it
instead; ONLY=1 names one fail-point of all.
"""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.faults.witness import bear_witness

POINTS = {
    "relay": ("before publishing", "after publishing, before it is written down", "after it is written down"),
    "worker": ("after the effect, before its commit", "after the commit, before the acknowledgement"),
    "web": ("before the commit", "after the commit, before the answer"),
}


def die_once(folder: Path, kind: str, point: int) -> None:
    """The whole group: a worker with all its children."""
    if os.environ.get("ONLY", str(point)) != str(point):
        return
    try:
        (folder / f"{kind} {point}").touch(exist_ok=False)
    except FileExistsError:
        return
    os.killpg(os.getpgrp(), signal.Signals[os.environ.get("BY", "SIGKILL")])


def prepare_relay(folder: Path) -> None:
    from shared.messaging import wire
    from shared.messaging.publisher import Publisher

    publish_lines, publish, publish_lone, claim = wire.publish, Publisher.publish, Publisher.publish_lone, Publisher.claim

    def dying_lines(*arguments: Any) -> None:
        die_once(folder, "relay", 0)
        publish_lines(*arguments)

    def dying_publish(self: Publisher, claimed: Any) -> bool:
        more = publish(self, claimed)
        if claimed:
            die_once(folder, "relay", 1)
        return more

    def dying_lone(self: Publisher, handed_over: bytes) -> None:
        publish_lone(self, handed_over)
        die_once(folder, "relay", 1)

    def dying_claim(self: Publisher, *arguments: Any) -> Any:
        published = self.sent
        found = claim(self, *arguments)
        if published:
            die_once(folder, "relay", 2)
        return found

    places: tuple[tuple[Any, str, Any], ...] = (
        (wire, "publish", dying_lines),
        (Publisher, "publish", dying_publish),
        (Publisher, "publish_lone", dying_lone),
        (Publisher, "claim", dying_claim),
    )
    for place, name, dying in places:
        setattr(place, name, dying)


def prepare_worker(folder: Path) -> None:
    from shared.messaging import ledger
    from shared.messaging.inbox import Inbox

    bear_witness()
    settle, receive = ledger.settle_and_commit, Inbox.receive

    def dying_settle(*arguments: Any) -> Any:
        die_once(folder, "worker", 0)
        return settle(*arguments)

    def dying_receive(self: Inbox, *arguments: Any, **named: Any) -> Any:
        safe = receive(self, *arguments, **named)
        die_once(folder, "worker", 1)
        return safe

    for place, name, dying in ((ledger, "settle_and_commit", dying_settle), (Inbox, "receive", dying_receive)):
        setattr(place, name, dying)


def prepare_web(folder: Path) -> None:
    from shared.web import sessions

    finish = sessions.finish

    def dying_finish(session: Any) -> None:
        posting = session.info["request"].method == "POST"
        if posting:
            die_once(folder, "web", 0)
        finish(session)
        if posting:
            die_once(folder, "web", 1)

    sessions.finish = dying_finish


if __name__ == "__main__":
    from shared.commands import main

    folder, name, kind = Path(sys.argv.pop(1)), sys.argv.pop(1), sys.argv[1]
    {"relay": prepare_relay, "worker": prepare_worker, "web": prepare_web}[kind](folder)
    main(import_module(f"services.{name}.service").SERVICE)
