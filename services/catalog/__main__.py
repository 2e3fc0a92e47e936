"""`python -m services.catalog web|worker|relay|migrate|demo`."""

from services.catalog.service import SERVICE
from shared.commands import main

main(SERVICE)
