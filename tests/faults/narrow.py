"""A relay that has only a few events under way to each subscriber at a time, so that few people are enough to fill its window.

``python -m tests.faults.narrow SERVICE relay``
"""

import sys
from importlib import import_module

from shared.commands import main
from shared.messaging import delivery

WINDOW = 5

if __name__ == "__main__":
    delivery.WINDOW = WINDOW
    main(import_module(f"services.{sys.argv.pop(1)}.service").SERVICE)
