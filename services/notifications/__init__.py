"""Notifications: every e-mail that Träffpunkt sends, from the fact that causes it to the answer of the server.

Owns: the mail ledger (messages, attempts, suppressed addresses), contact lists, mailings and their recipients, and what is in
people's calendars.
Publishes: mailing completed.
Listens to: organisations, projects and activities, staff and their sign-ins (catalog); registrations (registration);
invitations to surveys (surveys). Of these it keeps its own copy, and asks nobody while it sends.
"""
