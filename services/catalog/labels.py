"""What the catalogue's words are called on a page."""

from services.catalog.rules.window import Window
from shared.i18n import N_

PROJECT_KINDS = {
    "learning_project": N_("Lärprojekt"),
    "learning_lab": N_("Lärlabb"),
    "network": N_("Nätverk"),
    "seminar_series": N_("Seminarieserie"),
    "development_project": N_("Regionalt projekt"),
}
ACTIVITY_KINDS = {
    "workshop": N_("Workshop"),
    "study_visit": N_("Studiebesök"),
    "meeting": N_("Möte"),
    "seminar": N_("Seminarium"),
}
MODES = {
    "on_site": N_("På plats"),
    "online": N_("Digitalt"),
    "hybrid": N_("På plats och digitalt"),
}
WINDOWS: dict[Window, str] = {
    "not_open": N_("Anmälan har inte öppnat"),
    "open": N_("Öppen för anmälan"),
    "closed": N_("Anmälan är stängd"),
    "over": N_("Genomförd"),
}
WINDOW_COLORS: dict[Window, str] = {"not_open": "info", "open": "success", "closed": "warning", "over": "neutral"}
ORGANISATION_KINDS = {
    "region": N_("Region"),
    "agency": N_("Statlig myndighet"),
    "municipality": N_("Kommun"),
    "county_board": N_("Länsstyrelse"),
    "business": N_("Näringsliv"),
    "academia": N_("Akademi"),
    "civil_society": N_("Civilsamhälle"),
    "other": N_("Annan organisation"),
}
PROPOSAL_FORMS = {
    "learning_project": N_("Lärprojekt"),
    "network": N_("Nätverk"),
    "learning_project_or_network": N_("Lärprojekt eller nätverk"),
    "workshop": N_("Workshop"),
    "seminar": N_("Seminarium"),
    "exchange": N_("Erfarenhetsutbyte"),
    "erfa_meetings": N_("ERFA-träffar"),
    "in_depth": N_("Fördjupning"),
}
ROLES = {
    "organiser": N_("Projektledare"),
    "host": N_("Värd"),
    "operator": N_("Driftpersonal"),
    "administrator": N_("Administratör"),
}
ROLE_HINTS = {
    "organiser": N_("Planerar och publicerar projekt, bjuder in, följer anmälningar och tar närvaro."),
    "host": N_("Ser listan för de aktiviteter som den egna organisationen är värd för."),
    "operator": N_("Ser köer och fel, och försöker igen när något har stannat."),
    "administrator": N_("Får göra allt, och bestämmer vilka som arbetar här."),
}
STATUSES = {"draft": N_("Utkast"), "published": N_("Publicerad"), "released": N_("Publicerad"), "finished": N_("Avslutad")}
STATUS_COLORS = {"draft": "warning", "published": "success", "released": "success", "finished": "neutral"}
SUBJECTS = {
    "accessibility": N_("Webbplatsens tillgänglighet"),
    "personal_data": N_("Mina personuppgifter"),
    "project": N_("Ett projekt eller en aktivitet"),
    "other": N_("Något annat"),
}
