"""`python -m services.surveys web|worker|relay|migrate|demo`."""

from services.surveys.service import SERVICE
from shared.commands import main

main(SERVICE)
