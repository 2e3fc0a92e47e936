"""`python -m services.notifications web|worker|relay|migrate|demo`."""

import os

from services.notifications.service import SERVICE
from shared.commands import main

# One process of the pool for mails, one for mailings, and always one more for events: a slow mail server holds up no event.
os.environ.setdefault("WORKER_CONCURRENCY", "3")
main(SERVICE)
