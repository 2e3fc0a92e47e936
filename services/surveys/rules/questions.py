"""What a question is made of, and the questions that every evaluation starts with."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["scale", "single", "multi", "text"]
KINDS: tuple[Kind, ...] = ("scale", "single", "multi", "text")


@dataclass(frozen=True)
class Words:
    """The same words in the two languages. Without English ones the Swedish are shown."""

    sv: str
    en: str = ""

    def in_language(self, language: str) -> str:
        return (self.en or self.sv) if language == "en" else self.sv


@dataclass(frozen=True)
class Draft:
    """A question as it is written: `options` are the alternatives, or the two ends of a scale."""

    kind: Kind
    text: Words
    options: tuple[Words, ...] = ()
    required: bool = False


_NOUNS = {
    "workshop": Words("workshoppen", "the workshop"),
    "study_visit": Words("studiebesöket", "the study visit"),
    "meeting": Words("mötet", "the meeting"),
    "seminar": Words("seminariet", "the seminar"),
}


def standard_evaluation(activity_kind: str) -> tuple[Draft, ...]:
    """The questions of a new evaluation survey; the organiser may change them all until it is sent."""
    noun = _NOUNS.get(activity_kind, Words("träffen", "the meeting"))
    return (
        Draft(
            "scale",
            Words(f"Vad tycker du om {noun.sv} som helhet?", f"What did you think of {noun.en} as a whole?"),
            (Words("Mycket dåligt", "Very poor"), Words("Mycket bra", "Very good")),
            required=True,
        ),
        Draft(
            "scale",
            Words("Hur användbart är det du tar med dig hem?", "How useful is what you take home with you?"),
            (Words("Inte alls användbart", "Not useful at all"), Words("Mycket användbart", "Very useful")),
            required=True,
        ),
        Draft(
            "multi",
            Words("Vad gav dig mest?", "What gave you the most?"),
            (
                Words("Presentationer", "Presentations"),
                Words("Samtal och gruppövningar", "Discussions and group work"),
                Words("Exempel från andra", "Examples from others"),
                Words("Nya kontakter", "New contacts"),
                Words("Material och dokumentation", "Material and documentation"),
            ),
        ),
        Draft(
            "single",
            Words("Nåddes det förväntade resultatet?", "Was the expected outcome reached?"),
            (
                Words("Helt", "Fully"),
                Words("Till stor del", "To a large extent"),
                Words("Delvis", "Partly"),
                Words("Inte alls", "Not at all"),
                Words("Vet inte", "Don’t know"),
            ),
            required=True,
        ),
        Draft(
            "single",
            Words("Skulle du rekommendera en kollega att delta?", "Would you recommend a colleague to take part?"),
            (Words("Ja", "Yes"), Words("Kanske", "Maybe"), Words("Nej", "No")),
        ),
        Draft("text", Words("Vad ska vi tänka på till nästa gång?", "What should we keep in mind for the next time?")),
    )
