"""The figures: what they count, and what changes them. Metamorphic: true of every project."""

from uuid import UUID, uuid4, uuid5

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.rules.details import Speakers
from services.catalog.rules.figures import Figures, Held, Presence, became, compute
from services.catalog.rules.survey_summary import summarise
from services.catalog.sentences import report_sentence
from shared.events.surveys import QuestionResult
from shared.i18n import in_language

SPACE = UUID(int=7)
ACTIVITIES = [uuid5(SPACE, f"activity {n}") for n in range(5)]
ORGANISATIONS = [uuid5(SPACE, f"organisation {n}") for n in range(5)]
HELD = [
    Held(ACTIVITIES[0], "workshop", "on_site", "25", Speakers(2, 1)),
    Held(ACTIVITIES[1], "study_visit", "on_site", "17", Speakers(1, 1, 1)),
    Held(ACTIVITIES[2], "study_visit", "hybrid", "17", Speakers(0, 2, 0, 3)),
    Held(ACTIVITIES[3], "workshop", "online", None, Speakers(4, 4)),
    Held(ACTIVITIES[4], "meeting", "online", "01", Speakers()),
]
PRESENCES = st.lists(
    st.builds(
        Presence,
        st.sampled_from(ACTIVITIES),
        st.integers(0, 12).map(lambda person: person.to_bytes(32, "big")),
        st.sampled_from(ORGANISATIONS),
    ),
    unique_by=lambda presence: (presence.activity_id, presence.pseudonym),
)


def figures(presences: list[Presence], merged: dict[UUID, UUID] | None = None) -> Figures:
    return compute(presences, HELD, merged or {})


def test_nobody_is_nothing() -> None:
    assert figures([]) == Figures()


@given(PRESENCES)
def test_people_come_once_or_more_from_one_organisation_or_more(presences: list[Presence]) -> None:
    found = figures(presences)
    assert found.participations == len(presences)
    assert found.unique_participants <= found.participations
    assert found.activities <= min(len(HELD), found.participations)
    assert (found.unique_participants == 0) == (found.participations == 0) == (found.organisations == 0)


@given(PRESENCES, st.sampled_from(ACTIVITIES), st.sampled_from(ORGANISATIONS))
def test_one_more_presence_is_one_more_participation(presences: list[Presence], activity: UUID, organisation: UUID) -> None:
    before = figures(presences)
    after = figures([*presences, Presence(activity, b"somebody new", organisation)])
    assert after.participations == before.participations + 1
    assert after.unique_participants == before.unique_participants + 1
    assert before.organisations <= after.organisations <= before.organisations + 1


@given(PRESENCES, st.permutations(ORGANISATIONS))
def test_merging_two_organisations_never_changes_people_and_takes_at_most_one_away(
    presences: list[Presence], organisations: list[UUID]
) -> None:
    before, after = figures(presences), figures(presences, {organisations[0]: organisations[1]})
    assert before.organisations - 1 <= after.organisations <= before.organisations
    assert (after.unique_participants, after.participations) == (before.unique_participants, before.participations)
    both = {organisations[0], organisations[1]} <= {presence.organisation_id for presence in presences}
    assert (after.organisations < before.organisations) == both


@given(PRESENCES, st.randoms())
def test_the_order_in_which_they_are_told_does_not_matter(presences: list[Presence], random: object) -> None:
    shuffled = list(presences)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert figures(shuffled) == figures(presences)


def test_only_what_somebody_attended_counts_as_held() -> None:
    found = figures([Presence(ACTIVITIES[1], b"a", ORGANISATIONS[0]), Presence(ACTIVITIES[3], b"a", ORGANISATIONS[0])])
    assert found.study_visits == 1
    assert found.regions_visited == ("17",)
    assert found.speakers == Speakers(5, 5, 1, 0)
    assert found.speakers_in_all == 11


def test_a_region_is_visited_once_however_often_and_never_online() -> None:
    found = figures([Presence(activity, b"a", ORGANISATIONS[0]) for activity in ACTIVITIES])
    assert found.regions_visited == ("17", "25")


def test_an_attendance_of_an_activity_that_is_not_known_counts_its_people_only() -> None:
    found = figures([Presence(uuid4(), b"a", ORGANISATIONS[0])])
    assert (found.unique_participants, found.participations, found.activities, found.study_visits) == (1, 1, 0, 0)


@given(st.dictionaries(st.sampled_from(ORGANISATIONS), st.sampled_from(ORGANISATIONS)))
def test_following_mergers_always_ends(merged: dict[UUID, UUID]) -> None:
    assert all(became(organisation, merged) in ORGANISATIONS for organisation in ORGANISATIONS)


def test_the_sentence_of_the_final_report() -> None:
    found = Figures(unique_participants=130, organisations=33, participations=278)
    assert report_sentence(found) == "130 unika deltagare från 33 organisationer har deltagit 278 gånger."
    assert report_sentence(Figures(1, 1, 1)) == "1 unik deltagare från 1 organisation har deltagit 1 gång."
    with in_language("en"):
        assert report_sentence(found) == "130 unique participants from 33 organisations have taken part 278 times."


def question(mean: float | None, answered: int, text: str = "Hur var det?", kind: str = "scale") -> QuestionResult:
    return QuestionResult(text=text, kind=kind, answered=answered, mean=mean)


def test_means_are_weighted_by_answers() -> None:
    [row] = summarise([[question(4.0, 10)], [question(5.0, 30)]])
    assert (row.text, row.surveys, row.answered, row.mean) == ("Hur var det?", 2, 40, 4.75)


def test_only_scales_that_somebody_answered_are_summed_up() -> None:
    assert (
        summarise([[question(None, 10, kind="multi"), question(None, 3, kind="text"), question(3.0, 0), question(None, 5)]]) == []
    )


@given(st.lists(st.tuples(st.floats(1, 5), st.integers(1, 500)), min_size=1, max_size=20))
def test_a_weighted_mean_lies_between_the_lowest_and_the_highest(surveys: list[tuple[float, int]]) -> None:
    [row] = summarise([[question(mean, answered)] for mean, answered in surveys])
    means = [mean for mean, _answered in surveys]
    assert min(means) - 1e-9 <= row.mean <= max(means) + 1e-9
