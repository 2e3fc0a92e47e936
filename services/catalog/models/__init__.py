"""The catalogue's nouns. Each guards its own state; what concerns several stands in `actions`."""

from services.catalog.models.activities import Activity, ChoiceGroup, ProgrammeItem
from services.catalog.models.base import Base
from services.catalog.models.feedback import Feedback
from services.catalog.models.figures import Attendance, FinalReport, Mailing, Participation, ProjectSalt, SurveyResult
from services.catalog.models.organisations import Organisation, OrganisationAlias
from services.catalog.models.projects import ExpectedOutcome, FocusArea, Project, ProjectLeader, ProjectOrganiser
from services.catalog.models.proposals import Proposal
from services.catalog.models.staff import SignInLink, StaffMember

__all__ = [
    "Activity",
    "Attendance",
    "Base",
    "ChoiceGroup",
    "ExpectedOutcome",
    "Feedback",
    "FinalReport",
    "FocusArea",
    "Mailing",
    "Organisation",
    "OrganisationAlias",
    "Participation",
    "ProgrammeItem",
    "Project",
    "ProjectLeader",
    "ProjectOrganiser",
    "ProjectSalt",
    "Proposal",
    "SignInLink",
    "StaffMember",
    "SurveyResult",
]
