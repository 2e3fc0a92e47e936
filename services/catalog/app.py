"""The web's entry point: `uvicorn services.catalog.app:app`."""

from services.catalog import api, labels, sentences
from services.catalog.pages import about, activities, calendar, projects, regions, sign_in, start
from services.catalog.pages.work import activities as work_activities
from services.catalog.pages.work import feedback, figures, organisations, people, publishing
from services.catalog.pages.work import projects as work_projects
from services.catalog.pages.work import start as work_start
from services.catalog.service import SERVICE
from shared.i18n import language
from shared.web import create_app

app = create_app(
    SERVICE,
    [
        start.router,
        projects.router,
        activities.router,
        calendar.router,
        regions.router,
        about.router,
        sign_in.router,
        work_start.router,
        work_projects.router,
        work_activities.router,
        publishing.router,
        figures.router,
        organisations.router,
        people.router,
        feedback.router,
        api.router,
    ],
)
environment = app.state.templates
environment.globals.update(labels=labels, language=language, foreign=sentences.foreign)
environment.filters.update(
    answers=sentences.answers,
    clock_time=sentences.clock_time,
    day_number=sentences.day_number,
    listed=sentences.listed,
    month=sentences.month,
    named=sentences.named,
    short_month=sentences.short_month,
    sv=sentences.swedish,
)
