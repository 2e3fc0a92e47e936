"""Registration's nouns. Each guards its own state; what concerns several stands in `actions`."""

from services.registration.models.attendance import ATTENDANCE, Attendance, AttendanceSheet
from services.registration.models.base import Base
from services.registration.models.ledger import allotment, seat_ledger
from services.registration.models.projections import Offering, Organisation, OrganisationName, Project, StaffOrganisation
from services.registration.models.registrations import ACTIVE, SEAT_STATES, Needs, Person, Receipt, Registration, Seat

__all__ = [
    "ACTIVE",
    "ATTENDANCE",
    "SEAT_STATES",
    "Attendance",
    "AttendanceSheet",
    "Base",
    "Needs",
    "Offering",
    "Organisation",
    "OrganisationName",
    "Person",
    "Project",
    "Receipt",
    "Registration",
    "Seat",
    "StaffOrganisation",
    "allotment",
    "seat_ledger",
]
