"""The pages of registration."""

from services.registration.pages import attendance, form, lists, personal, seats, thanks

# The form's address takes any word after /anmalan/: its pages come last. Nothing else is posted there, so sent forms come first.
ROUTERS = [form.receiving, thanks.router, personal.router, lists.router, seats.router, attendance.router, form.router]

__all__ = ["ROUTERS"]
