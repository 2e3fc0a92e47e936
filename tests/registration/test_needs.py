"""Diets and needs: unreadable in the table, counted without names, gone in time."""

from datetime import timedelta

from sqlalchemy import text

from services.registration.actions.needs import Wants, erase_outlived_needs, needs_of, seal_needs, summary_of_needs
from services.registration.due import NeedsOutlived
from services.registration.settings import DEVELOPMENT_NEEDS_KEY as KEY
from shared.clock import now
from tests.registration.cast import Cast, handle

VEGAN = seal_needs(Wants(diets=("vegan", "gluten_free"), words="Allergisk mot selleri"), KEY)
WORDS = seal_needs(Wants(words="Behöver ramp"), KEY)


def rows(cast: Cast) -> int:
    return cast.session.scalar(text("SELECT count(*) FROM needs")) or 0


def test_nothing_in_any_table_can_be_read(cast: Cast) -> None:
    cast.registers("Åsa", cast.released("Workshop"), sealed_needs=VEGAN)
    tables = cast.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    everything = "".join(str(cast.session.execute(text(f'SELECT * FROM "{table}"')).all()) for table in tables)
    assert "Åsa" in everything
    for word in ("vegan", "gluten", "selleri", "Allergisk"):
        assert word not in everything
    assert needs_of(cast.session, cast.registration("Åsa").id, KEY) == Wants(("vegan", "gluten_free"), "Allergisk mot selleri")


def test_hosts_get_counts_and_words_without_names(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=2)
    cast.registers("Åsa", workshop, sealed_needs=VEGAN)
    cast.registers("Bo", workshop, sealed_needs=WORDS)
    cast.registers("Cia", workshop, sealed_needs=VEGAN)
    summary = summary_of_needs(cast.session, workshop.activity_id, KEY)
    assert summary.people == 2, "those who wait do not eat yet"
    assert summary.diets == {"vegan": 1, "gluten_free": 1}
    assert summary.words == {"Allergisk mot selleri": 1, "Behöver ramp": 1}


def test_what_is_told_anew_replaces_and_nothing_told_keeps(cast: Cast) -> None:
    workshop = cast.released("Workshop")
    cast.registers("Åsa", workshop, sealed_needs=VEGAN)
    cast.registers("Åsa", workshop, sealed_needs=WORDS)
    cast.registers("Åsa", workshop)
    assert needs_of(cast.session, cast.registration("Åsa").id, KEY) == Wants(words="Behöver ramp")


def test_needs_are_erased_when_the_last_activity_is_long_over(cast: Cast) -> None:
    first = cast.released("Första")
    last = cast.released("Sista", starts_at=first.starts_at + timedelta(days=30))
    cast.registers("Åsa", first, last, sealed_needs=VEGAN)
    cast.registers("Bo", first, sealed_needs=VEGAN)
    after_first = first.ends_at + timedelta(days=7)
    assert erase_outlived_needs(cast.session, first.activity_id, now=after_first, needs_days=7) == 1
    assert rows(cast) == 1
    assert erase_outlived_needs(cast.session, last.activity_id, now=last.ends_at + timedelta(days=7), needs_days=7) == 1
    assert rows(cast) == 0


def test_the_due_event_of_an_activity_that_has_moved_erases_nothing(cast: Cast) -> None:
    workshop = cast.released("Workshop")
    cast.registers("Åsa", workshop, sealed_needs=VEGAN)
    handle(cast.session, NeedsOutlived(activity_id=workshop.activity_id))
    assert rows(cast) == 1
    cast.released("Workshop", revision=2, starts_at=now() - timedelta(days=9))
    handle(cast.session, NeedsOutlived(activity_id=workshop.activity_id))
    assert rows(cast) == 0
