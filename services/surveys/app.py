"""The web: `uvicorn services.surveys.app:app`."""

from services.surveys.pages import answering, questions, results, surveys
from services.surveys.service import SERVICE
from shared.web import create_app

# The order counts: "/enkat/{token}" would take every address of one part.
app = create_app(SERVICE, [surveys.router, questions.router, results.router, answering.router])
