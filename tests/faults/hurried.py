"""Notifications' worker that waits for a mail server's answer two seconds instead of ten minutes.

``python -m tests.faults.hurried worker``
"""

from functools import partial
from typing import Any

from services.notifications import tasks
from services.notifications.sending.transport import Transport
from services.notifications.service import SERVICE
from shared.commands import main
from tests.faults.witness import bear_witness

bear_witness()
place: Any = tasks
place.Transport = partial(Transport, final_dot=2.0, command=2.0)
main(SERVICE)
