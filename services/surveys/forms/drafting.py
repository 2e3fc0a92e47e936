"""Staff's forms for a survey that is not sent yet."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from services.surveys.models import Question
from services.surveys.models.survey import LEAST_THRESHOLD
from services.surveys.rules.questions import Draft, Kind, Words
from shared.i18n import N_, _
from shared.web import Says
from shared.web.forms import Parsed, Text80, Text200

MOST_OPTIONS = 12


class SettingsForm(BaseModel):
    """What is decided before a survey is sent."""

    mode: Annotated[Literal["tracked", "strict"], Says(N_("hur anonym enkäten är"))]
    threshold: Annotated[int, Field(ge=LEAST_THRESHOLD, le=100), Says(N_("minsta antal svar"))]
    open_days: Annotated[int, Field(ge=3, le=60), Says(N_("antal dagar"))]


class _QuestionForm(BaseModel):
    text_sv: Annotated[Text200, Says(N_("frågan på svenska"))]
    text_en: Text200 = ""
    required: bool = False

    def options(self) -> tuple[Words, ...]:
        return ()

    def draft(self, kind: Kind) -> Draft:
        """The question that was written."""
        return Draft(kind, Words(self.text_sv, self.text_en), self.options(), self.required)


class TextQuestionForm(_QuestionForm):
    """A question that is answered in one's own words."""


class ScaleQuestionForm(_QuestionForm):
    """A question that is answered by a grade from 1 to 5."""

    low_sv: Annotated[Text80, Says(N_("vad 1 betyder"))]
    high_sv: Annotated[Text80, Says(N_("vad 5 betyder"))]
    low_en: Text80 = ""
    high_en: Text80 = ""

    def options(self) -> tuple[Words, ...]:
        return Words(self.low_sv, self.low_en), Words(self.high_sv, self.high_en)


def _alternatives(text: str) -> str:
    lines = _lines(text)
    if not 2 <= len(lines) <= MOST_OPTIONS:
        raise ValueError(_("Skriv mellan två och tolv svarsalternativ, ett på varje rad"))
    if len({line.casefold() for line in lines}) < len(lines):
        raise ValueError(_("Två av svarsalternativen är lika: ändra eller ta bort det ena"))
    if any(len(line) > 80 for line in lines):
        raise ValueError(_("Skriv kortare svarsalternativ: högst 80 tecken vart och ett"))
    return text


class ChoiceQuestionForm(_QuestionForm):
    """A question that is answered by choosing one, or several, of some alternatives."""

    options_sv: Annotated[str, AfterValidator(_alternatives), Says(N_("svarsalternativen"))]
    options_en: str = ""

    def options(self) -> tuple[Words, ...]:
        swedish, english = _lines(self.options_sv), _lines(self.options_en)
        return tuple(Words(sv, en) for sv, en in zip(swedish, english or [""] * len(swedish), strict=True))


QuestionForm = TextQuestionForm | ScaleQuestionForm | ChoiceQuestionForm
FORMS: dict[Kind, type[TextQuestionForm | ScaleQuestionForm | ChoiceQuestionForm]] = {
    "scale": ScaleQuestionForm,
    "single": ChoiceQuestionForm,
    "multi": ChoiceQuestionForm,
    "text": TextQuestionForm,
}


def check_translation(parsed: Parsed[Any]) -> None:
    """English alternatives are none at all, or one for each Swedish one, in the same order."""
    form = parsed.value
    if isinstance(form, ChoiceQuestionForm) and form.options_en:
        swedish, english = len(_lines(form.options_sv)), len(_lines(form.options_en))
        if swedish != english:
            message = _("Skriv lika många alternativ på engelska ({english} nu) som på svenska ({swedish}), i samma ordning")
            parsed.add_error("options_en", message.format(english=english, swedish=swedish))


def as_written(question: Question) -> dict[str, Any]:
    """The question as the values of its form."""
    values: dict[str, Any] = {"text_sv": question.text_sv, "text_en": question.text_en, "required": question.required}
    words = question.option_words
    if question.kind == "scale":
        low, high = words
        values |= {"low_sv": low.sv, "low_en": low.en, "high_sv": high.sv, "high_en": high.en}
    elif words:
        values |= {"options_sv": _joined([w.sv for w in words]), "options_en": _joined([w.en for w in words if w.en])}
    return values


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines)
