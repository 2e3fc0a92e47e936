"""A process whose clock goes wrong while it runs.

``python -m tests.faults.astray FILE SERVICE KIND``: FILE says by how many hours, and may say something else at any time.
"""

import os
import sys
import threading
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from time import sleep

import time_machine

from shared.clock import now
from tests.faults.witness import bear_witness


def follow(file: Path) -> None:
    """Go as wrong as the file says, as soon as it says so; a forked process does as well."""
    travel: time_machine.travel | None = None
    astray = "0"
    while True:
        said = file.read_text()
        if said != astray:
            if travel is not None:
                travel.stop()
            travel = time_machine.travel(now() + timedelta(hours=float(said)), tick=True)
            travel.start()
            astray = said
        sleep(0.1)


def start_following(file: Path) -> None:
    threading.Thread(target=follow, args=(file,), daemon=True).start()


if __name__ == "__main__":
    from shared.commands import main

    file, name, kind = Path(sys.argv.pop(1)), sys.argv.pop(1), sys.argv[1]
    start_following(file)
    os.register_at_fork(after_in_child=lambda: start_following(file))
    if kind == "worker":
        bear_witness()
    main(import_module(f"services.{name}.service").SERVICE)
