"""`python -m services.registration web|worker|relay|migrate|demo`."""

from services.registration.service import SERVICE
from shared.commands import main

main(SERVICE)
