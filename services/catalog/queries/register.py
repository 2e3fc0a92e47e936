"""The register of organisations, searched and matched by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from services.catalog.models import Organisation, OrganisationAlias
from shared.i18n import sort_key


@dataclass(frozen=True)
class Matched:
    """Names that were looked up: those found, and those not, each with names that are alike."""

    found: dict[str, Organisation]
    unknown: dict[str, list[str]]

    def ids(self, names: Iterable[str]) -> list[UUID]:
        """The organisations of `names`, in their order, each once."""
        return list(dict.fromkeys(self.found[name].id for name in names))


def match_organisations(session: Session, names: Iterable[str]) -> Matched:
    """Active organisations by title or alias, whatever the case. Two statements; a third only to suggest what was meant."""
    wanted = {name: sort_key(name) for name in names}
    if not wanted:
        return Matched({}, {})
    titles = select(Organisation).where(Organisation.status == "active", Organisation.sort_key.in_(wanted.values()))
    by_key = {organisation.sort_key: organisation for organisation in session.scalars(titles)}
    lowered = {name.casefold() for name, key in wanted.items() if key not in by_key}
    aliases = (
        select(OrganisationAlias.lower_alias, Organisation)
        .join(Organisation, Organisation.id == OrganisationAlias.organisation_id)
        .where(OrganisationAlias.lower_alias.in_(lowered), Organisation.status == "active")
    )
    by_alias: dict[str, Organisation] = {row[0]: row[1] for row in session.execute(aliases)} if lowered else {}
    found = {
        name: organisation
        for name, key in wanted.items()
        if (organisation := by_key.get(key) or by_alias.get(name.casefold())) is not None
    }
    missing = [name for name in wanted if name not in found]
    return Matched(found, _alike(session, missing))


def _alike(session: Session, names: Sequence[str]) -> dict[str, list[str]]:
    if not names:
        return {}
    titles = {sort_key(title): title for title in active_titles(session)}
    return {name: [titles[key] for key in get_close_matches(sort_key(name), titles, n=3, cutoff=0.6)] for name in names}


def active_titles(session: Session) -> Sequence[str]:
    """Every name that can be picked, in alphabetical order."""
    found = select(Organisation.title).where(Organisation.status == "active")
    return session.scalars(found.order_by(Organisation.sort_key)).all()


def pending_organisations(session: Session) -> Sequence[Organisation]:
    """Those that wait for staff."""
    return session.scalars(select(Organisation).where(Organisation.status == "pending").order_by(Organisation.sort_key)).all()


def count_organisations(session: Session, text: str) -> int:
    """How many `search_organisations` finds in all."""
    return session.scalar(select(func.count()).select_from(_searched(text).subquery())) or 0


def search_organisations(session: Session, text: str, *, limit: int, offset: int = 0) -> Sequence[Organisation]:
    """Active organisations whose name or alias holds `text`, in alphabetical order."""
    page = _searched(text).options(selectinload(Organisation.aliases)).order_by(Organisation.sort_key, Organisation.id)
    return session.scalars(page.limit(limit).offset(offset)).all()


def _searched(text: str) -> Select[Organisation]:
    found = select(Organisation).where(Organisation.status == "active")
    if not text:
        return found
    return found.where(
        or_(
            Organisation.sort_key.contains(sort_key(text), autoescape=True),
            Organisation.aliases.any(OrganisationAlias.lower_alias.contains(text.casefold(), autoescape=True)),
        )
    )
