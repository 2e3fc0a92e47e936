"""No hidden count can be computed: every set of answers that gives the same result is tried."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.rules.results import GRADES, Compiled, compile_choices, compile_scale
from services.surveys.rules.suppression import safe_mean, suppress

THRESHOLD = 5
Counts = tuple[int, ...]


def sharings(total: int, cells: int) -> Iterator[Counts]:
    """Every way in which `total` people can choose one of `cells` alternatives each."""
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in sharings(total - first, cells - 1):
            yield first, *rest


@cache
def same_single(total: int, cells: int) -> dict[object, list[Counts]]:
    """All distributions of `total` answers, by what is shown of them. Everybody knows `total`."""
    groups: dict[object, list[Counts]] = defaultdict(list)
    for counts in sharings(total, cells):
        groups[suppress(counts, THRESHOLD)].append(counts)
    return groups


@cache
def same_multi(people: int, cells: int) -> dict[object, list[Counts]]:
    """The same when each of `people` chooses at least one alternative, and may choose several."""
    groups: dict[object, list[Counts]] = defaultdict(list)
    for counts in product(range(people + 1), repeat=cells):
        if sum(counts) >= people:
            groups[suppress(counts, THRESHOLD)].append(counts)
    return groups


@cache
def same_scale(total: int) -> dict[object, list[Counts]]:
    """All distributions of `total` grades, by what is shown of them, the mean included."""
    groups: dict[object, list[Counts]] = defaultdict(list)
    for counts in sharings(total, len(GRADES)):
        groups[compile_scale(grades(counts), THRESHOLD)].append(counts)
    return groups


def grades(counts: Counts) -> list[int]:
    return [grade for grade, count in zip(GRADES, counts, strict=True) for _ in range(count)]


def assert_nothing_computable(counts: Counts, shown: tuple[int | None, ...], possible: list[Counts]) -> None:
    for cell, (count, visible) in enumerate(zip(counts, shown, strict=True)):
        if visible is None and count > 0:
            assert len({each[cell] for each in possible}) > 1, f"{counts}: cell {cell} can only be {count}"


@given(st.integers(5, 22), st.integers(2, 5), st.data())
@settings(max_examples=300, deadline=None)
def test_no_hidden_count_of_a_single_choice_can_be_computed(total: int, cells: int, data: st.DataObject) -> None:
    same = same_single(total, cells)
    shown = data.draw(st.sampled_from(sorted(same, key=str)))
    for counts in same[shown]:
        assert_nothing_computable(counts, suppress(counts, THRESHOLD), same[shown])


@given(st.integers(5, 12), st.integers(2, 4), st.data())
@settings(max_examples=150, deadline=None)
def test_no_hidden_count_of_several_choices_can_be_computed(people: int, cells: int, data: st.DataObject) -> None:
    same = same_multi(people, cells)
    shown = data.draw(st.sampled_from(sorted(same, key=str)))
    for counts in same[shown]:
        assert_nothing_computable(counts, suppress(counts, THRESHOLD), same[shown])


@given(st.integers(5, 16), st.data())
@settings(max_examples=200, deadline=None)
def test_no_hidden_grade_can_be_computed_from_the_mean(total: int, data: st.DataObject) -> None:
    same = same_scale(total)
    compiled = data.draw(st.sampled_from(sorted(same, key=str)))
    assert isinstance(compiled, Compiled)
    for counts in same[compiled]:
        assert_nothing_computable(counts, compiled.counts, same[compiled])


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12), st.integers(5, 20))
def test_no_small_count_is_ever_shown_and_no_shown_count_is_wrong(counts: list[int], threshold: int) -> None:
    for count, shown in zip(counts, suppress(counts, threshold), strict=True):
        assert shown in (None, count)
        if 0 < count < threshold:
            assert shown is None


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12), st.integers(5, 20))
def test_a_hidden_count_is_never_alone(counts: list[int], threshold: int) -> None:
    assert suppress(counts, threshold).count(None) != 1


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12), st.integers(5, 20), st.randoms())
def test_the_order_of_the_alternatives_decides_nothing(counts: list[int], threshold: int, chance: object) -> None:
    backwards = tuple(reversed(suppress(list(reversed(counts)), threshold)))
    assert suppress(counts, threshold) == backwards


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([21, 34, 22, 0, 9], (21, 34, 22, 0, 9)),  # nothing small: all is shown, the zero too
        ([6, 4, 1, 0, 0], (6, None, None, 0, 0)),  # two small ones share five in more than one way
        ([12, 8, 3, 0, 0], (12, None, None, 0, 0)),  # one small alone would follow from the total: the next larger goes, too
        ([9, 7, 1, 1, 0], (9, None, None, None, 0)),  # two ones: that they are two would tell
        ([9, 7, 7, 4, 4], (9, None, None, None, None)),  # equals go together
        ([4, 3, 2, 1, 0], (None,) * 5),  # nothing is large
        ([0, 0, 0], (None,) * 3),
    ],
)
def test_what_is_shown(counts: list[int], shown: tuple[int | None, ...]) -> None:
    assert suppress(counts, THRESHOLD) == shown


def test_a_scale_shows_its_spread_only_when_no_grade_is_rare() -> None:
    assert compile_scale([5] * 10 + [4] * 6, 5) == Compiled(16, (0, 0, 0, 6, 10), 4.6)
    assert compile_scale([5] * 6 + [4] * 4 + [3], 5) == Compiled(11, (None,) * 5, 4.5)


def test_the_mean_is_hidden_when_all_but_one_agree_at_an_end() -> None:
    assert safe_mean([5] * 10 + [4], 1, 5) is None
    assert safe_mean([1] * 10 + [2], 1, 5) is None
    assert safe_mean([5] * 10 + [3], 1, 5) == 4.8


def test_too_few_answers_to_one_question_show_nothing() -> None:
    assert compile_scale([5, 5, 4], 5) == Compiled(3, (None,) * 5)
    assert compile_choices([{0}, {0, 1}], 3, 5) == Compiled(2, (None,) * 3)


def test_choosing_the_same_alternative_twice_counts_once() -> None:
    assert compile_choices([[0, 0], [0], [0], [0], [0]], 2, 5).counts == (5, 0)
