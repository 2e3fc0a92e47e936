"""Something that is done again and again while something else goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeatedly(do: Callable[[], None], *, every: float, name: str) -> Iterator[None]:
    """Within the block a thread calls `do`, which raises nothing, every so many seconds; after it, it does no more."""
    stop = threading.Event()

    def repeat() -> None:
        while not stop.wait(every):
            do()

    thread = threading.Thread(target=repeat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
