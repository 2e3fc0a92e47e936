"""Surveys' worker in which hearing of one activity's attendance ends the process.

``ACTIVITY=<id> python -m tests.faults.poisoned worker``
"""

import os
import signal
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.surveys.service import SERVICE
from shared.commands import main
from shared.events.registration import AttendanceClosed
from tests.faults.witness import bear_witness

POISON = UUID(os.environ["ACTIVITY"])


def die(_session: Any, event: AttendanceClosed) -> None:
    if event.activity_id == POISON:
        os.kill(os.getpid(), signal.SIGKILL)


bear_witness()
main(replace(SERVICE, handlers={**SERVICE.handlers, AttendanceClosed: [die, *SERVICE.handlers[AttendanceClosed]]}))
