"""What a mail server's answer means for a mail (RFC 5321, 4.2 and 4.5.4; RFC 3463). Pure: everything it needs is given.

One rule stands above the others: a mail is never lost. What is not known to have arrived and not refused for good is tried
again, with the same Message-ID; the moment in which nobody can know (the connection died after the text was sent) is marked.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Phase = Literal["connect", "certificate", "tls", "auth", "mail", "rcpt", "data", "dot"]
Outcome = Literal["sent", "retry", "failed", "server_away"]

PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 30)]
HOURLY = timedelta(hours=1)
GIVE_UP = timedelta(days=4)
"""RFC 5321, 4.5.4.1: give up after four to five days."""
FULL_MAILBOX_TRIES = 3
SLOW_DOWN = timedelta(minutes=5)
"""How long a domain that asks us to slow down (4.7.x) is left in peace, unless it says how long."""
LONGEST_HINT = timedelta(hours=6)

NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"})
_FULL = "5.2.2"
_TOO_LARGE = frozenset({"5.3.4", "5.2.3"})
_WRONG_CREDENTIALS = frozenset({530, 534, 535, 538})

_FIRST_FAILURE = timedelta(seconds=2)
_LONGEST_AWAY = timedelta(minutes=5)


@dataclass(frozen=True)
class Answer:
    """What was heard, and after what. `code` None: nothing; the connection died or timed out."""

    phase: Phase
    code: int | None = None
    enhanced: str = ""
    text: str = ""


@dataclass(frozen=True)
class Verdict:
    """What to do now."""

    outcome: Outcome
    reason: str = ""
    """A key of `rules.reasons`; "" for what was sent."""
    pause: timedelta = timedelta()
    counts: bool = True
    """Whether it counts as an attempt at this mail."""
    suppress: bool = False
    """Nothing more is sent to this address."""
    undecided: bool = False
    """The mail may have arrived: the next attempt may double it."""
    slow_down: timedelta | None = None
    """Send nothing to the recipient's domain for so long."""
    alarm: bool = False
    """Our own doing, not the recipient's: somebody should look at it."""


def classify(answer: Answer, *, attempts: int, age: timedelta) -> Verdict:
    """What `answer` means for a mail that had `attempts` counted attempts before this one and was written `age` ago."""
    if answer.phase == "certificate":
        return _server_away(answer)
    if answer.code is None:
        return _silence(answer, attempts, age)
    if answer.phase in {"connect", "tls", "auth"} or answer.code in _WRONG_CREDENTIALS:
        return _server_away(answer)
    if answer.phase == "dot" and 200 <= answer.code < 300:
        return Verdict("sent")
    if 500 <= answer.code < 600:
        return _refusal(answer, attempts, age)
    return _not_now(answer, attempts, age)


def away_for(failures: int) -> timedelta:
    """How long to leave a mail server alone that has failed `failures` times in a row: 2 s, doubling, at most 5 min."""
    doublings = max(0, min(failures - 1, 20))
    return min(_FIRST_FAILURE * (1 << doublings), _LONGEST_AWAY)


def retry_pause(attempts: int) -> timedelta:
    """The pause after the counted attempt number `attempts` + 1: 1, 5, 15, 30 minutes, then hourly."""
    return PAUSES[attempts] if attempts < len(PAUSES) else HOURLY


def _silence(answer: Answer, attempts: int, age: timedelta) -> Verdict:
    if answer.phase != "dot":
        return Verdict("server_away", "server_away", counts=False)
    return _again(attempts, age, reason="undecided", undecided=True)


def _server_away(answer: Answer) -> Verdict:
    """The server will not talk to us at all, or is not who it says: the mails are innocent, and wait."""
    credentials = answer.phase in {"auth", "certificate", "tls"} or answer.code in _WRONG_CREDENTIALS
    return Verdict("server_away", "server_refuses_us" if credentials else "server_away", counts=False, alarm=credentials)


def _not_now(answer: Answer, attempts: int, age: timedelta) -> Verdict:
    """4xx, and codes that have no meaning here: the mail was not taken, so it is tried again."""
    if answer.enhanced.startswith("4.7."):
        hint = _hint(answer.text) or SLOW_DOWN
        return _again(attempts, age, reason="slow_down", pause=max(hint, retry_pause(attempts)), slow_down=hint)
    full = answer.enhanced == "4.2.2"
    return _again(attempts, age, reason="mailbox_full" if full else "not_now")


def _refusal(answer: Answer, attempts: int, age: timedelta) -> Verdict:
    if answer.enhanced in NO_SUCH_ADDRESS:
        return Verdict("failed", "no_such_address", suppress=True)
    if answer.enhanced == _FULL:
        if attempts + 1 < FULL_MAILBOX_TRIES:
            return _again(attempts, age, reason="mailbox_full", pause=HOURLY)
        return Verdict("failed", "mailbox_full")
    if answer.enhanced in _TOO_LARGE or (answer.code == 552 and not answer.enhanced):
        return Verdict("failed", "too_large", alarm=True)
    if answer.enhanced.startswith("5.7."):
        return Verdict("failed", "policy", alarm=True)
    return Verdict("failed", "refused", alarm=answer.phase == "mail")


def _again(
    attempts: int,
    age: timedelta,
    *,
    reason: str,
    pause: timedelta | None = None,
    undecided: bool = False,
    slow_down: timedelta | None = None,
) -> Verdict:
    if age >= GIVE_UP:
        return Verdict("failed", "gave_up", undecided=undecided)
    return Verdict("retry", reason, pause=pause or retry_pause(attempts), undecided=undecided, slow_down=slow_down)


_HINT = re.compile(r"\b(\d{1,5})\s*(s|sec|secs|second|seconds|m|min|mins|minute|minutes)\b", re.IGNORECASE)


def _hint(text: str) -> timedelta | None:
    """How long the server says that we should wait ("try again in 300 seconds"), at most six hours."""
    found = _HINT.search(text)
    if found is None or not int(found[1]):
        return None
    unit = "minutes" if found[2].lower().startswith("m") else "seconds"
    return min(timedelta(**{unit: int(found[1])}), LONGEST_HINT)


_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")


def enhanced_code(text: str) -> str:
    """The RFC 3463 code at the start of a reply's text, or nothing."""
    found = _ENHANCED.match(text.strip())
    return found[1] if found else ""
