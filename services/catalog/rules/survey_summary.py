"""Many surveys' results as one: the same question asked after each activity.

Only means are put together, weighted. Counts by answer are not: one that a survey hides, since too few answered so, would have to
stay hidden in every sum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.events.surveys import QuestionResult


@dataclass(frozen=True)
class Summary:
    """A scale question over all surveys that asked it."""

    text: str
    text_en: str
    surveys: int
    answered: int
    mean: float
    """Weighted by the number of answers."""


def summarise(surveys: Iterable[Sequence[QuestionResult]]) -> list[Summary]:
    """One row per scale question, in the order in which they were first asked."""
    asked: dict[str, list[QuestionResult]] = {}
    for questions in surveys:
        for question in questions:
            if question.kind == "scale" and question.mean is not None and question.answered:
                asked.setdefault(question.text, []).append(question)
    return [_summary(results) for results in asked.values()]


def _summary(results: Sequence[QuestionResult]) -> Summary:
    answered = sum(result.answered for result in results)
    mean = sum((result.mean or 0.0) * result.answered for result in results) / answered
    return Summary(results[0].text, results[0].text_en, surveys=len(results), answered=answered, mean=mean)
