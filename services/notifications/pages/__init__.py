"""HTML pages under /utskick: staff's, and the one where a reader wants no more invitations."""

from services.notifications.pages import contacts, lists, log, mailings, overview, sending, unsubscribing

# Fixed addresses first: /utskick/{mailing_id} would take the rest.
routers = [unsubscribing.router, overview.router, lists.router, contacts.router, log.router, mailings.router, sending.router]

__all__ = ["routers"]
