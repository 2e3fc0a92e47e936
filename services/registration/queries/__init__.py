"""Reads that pages share."""

from services.registration.queries.attendance import Marked, confirmed_seat, marked_seats, marks_counted, sheet_of
from services.registration.queries.offerings import (
    Chosen,
    allotments_of,
    coming_offerings,
    offering_by_id,
    offerings_for_staff,
    offerings_of_project,
    project_by_slug,
    projects_of,
    what_a_form_names,
)
from services.registration.queries.organisations import MOST_SUGGESTIONS, names_to_pick, organisation_of_staff
from services.registration.queries.registrations import receipt_by_key, registration_by_id, registration_by_token
from services.registration.queries.seats import Listed, Search, counts_by_state, how_many_seats_like, organisations_in, seats_like

__all__ = [
    "MOST_SUGGESTIONS",
    "Chosen",
    "Listed",
    "Marked",
    "Search",
    "allotments_of",
    "coming_offerings",
    "confirmed_seat",
    "counts_by_state",
    "how_many_seats_like",
    "marked_seats",
    "marks_counted",
    "names_to_pick",
    "offering_by_id",
    "offerings_for_staff",
    "offerings_of_project",
    "organisation_of_staff",
    "organisations_in",
    "project_by_slug",
    "projects_of",
    "receipt_by_key",
    "registration_by_id",
    "registration_by_token",
    "seats_like",
    "sheet_of",
    "what_a_form_names",
]
