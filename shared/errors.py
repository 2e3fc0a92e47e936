"""Errors that people read: one class per broken rule, its docstring is its message, and it knows its HTTP status.

    class OrganisationFull(DomainError):
        \"\"\"{organisation} har inga platser kvar. Ställ dig i kö, eller välj en annan aktivitet.\"\"\"

    raise OrganisationFull(organisation="Region Halland")

A message is Swedish (the English one stands in the catalogue, `python -m shared.i18n extract` finds it) and says what to do next.
"""

import inspect
from http import HTTPStatus
from typing import Any, ClassVar

from shared.i18n import _


class DomainError(Exception):
    """A rule of the domain says no. Subclasses write their message, to a person, as their docstring."""

    status: ClassVar[int] = HTTPStatus.CONFLICT

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts

    def __str__(self) -> str:
        """The message in the reader's language, with the facts in their places."""
        if message := str(self.args[0]):
            return message
        sentence = " ".join(inspect.cleandoc(type(self).__doc__ or "").split())
        return _(sentence).format(**self.facts)


class NotFound(DomainError):
    """Det du söker finns inte, eller finns inte längre. Kontrollera adressen, eller gå till startsidan och leta därifrån."""

    status = HTTPStatus.NOT_FOUND


class Forbidden(DomainError):
    """Du har inte behörighet till det här. Be en administratör om den roll som behövs."""

    status = HTTPStatus.FORBIDDEN
