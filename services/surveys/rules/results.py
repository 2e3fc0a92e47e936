"""From answers to what may be shown of them, question by question."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.surveys.rules.suppression import Shown, safe_mean, suppress

GRADES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Compiled:
    """What may be shown of one question."""

    answered: int
    counts: Shown = ()
    mean: float | None = None


def compile_scale(grades: Sequence[int], threshold: int) -> Compiled:
    """The mean, and how the grades are spread if no grade was given by only a few.

    Mean and spread together would give small counts away, and a mean of few says more than a spread full of gaps.
    """
    if len(grades) < threshold:
        return Compiled(len(grades), (None,) * len(GRADES))
    found = Counter(grades)
    counts = [found[grade] for grade in GRADES]
    if all(count == 0 or count >= threshold for count in counts):
        return Compiled(len(grades), tuple(counts), round(sum(grades) / len(grades), 1))
    return Compiled(len(grades), (None,) * len(GRADES), safe_mean(grades, GRADES[0], GRADES[-1]))


def compile_choices(chosen: Sequence[Collection[int]], options: int, threshold: int) -> Compiled:
    """How many chose each of `options` alternatives. `chosen` holds an answer a person: what they chose, by number from 0."""
    found = Counter(option for answer in chosen for option in set(answer))
    return Compiled(len(chosen), suppress([found[option] for option in range(options)], threshold))


def response_rate(answered: int, invited: int) -> float:
    """The share of the invited who answered; 0 when nobody was invited."""
    return answered / invited if invited else 0.0
