"""What a mail server's answer means: every class of reliability.md, and that no mail is ever lost by it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.rules.answers import (
    GIVE_UP,
    LONGEST_HINT,
    NO_SUCH_ADDRESS,
    SLOW_DOWN,
    Answer,
    Verdict,
    away_for,
    classify,
    enhanced_code,
    retry_pause,
)
from services.notifications.rules.reasons import REASONS

PHASES = ("connect", "certificate", "tls", "auth", "mail", "rcpt", "data", "dot")


def verdict(
    phase: str, code: int | None = None, enhanced: str = "", text: str = "", *, attempts: int = 0, age: int = 0
) -> Verdict:
    return classify(Answer(phase, code, enhanced, text), attempts=attempts, age=timedelta(hours=age))  # type: ignore[arg-type]


def test_taken_is_sent() -> None:
    assert verdict("dot", 250, "2.0.0") == Verdict("sent")


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(("code", "enhanced"), [(450, ""), (451, "4.3.0"), (452, "4.3.1"), (421, "4.3.2"), (421, "")])
def test_not_now_is_tried_again(phase: str, code: int, enhanced: str) -> None:
    found = verdict(phase, code, enhanced)
    assert (found.outcome, found.counts, found.undecided, found.suppress) == ("retry", True, False, False)
    assert found.pause == timedelta(minutes=1)


def test_pauses_grow_from_a_minute_to_an_hour() -> None:
    assert [retry_pause(n) // timedelta(minutes=1) for n in range(7)] == [1, 5, 15, 30, 60, 60, 60]


def test_after_four_days_it_gives_up() -> None:
    assert verdict("rcpt", 450, age=95).outcome == "retry"
    assert verdict("rcpt", 450, age=96) == Verdict("failed", "gave_up")


@pytest.mark.parametrize("enhanced", sorted(NO_SUCH_ADDRESS))
@pytest.mark.parametrize("phase", ["rcpt", "dot"])
def test_an_address_that_does_not_exist_gets_no_more(phase: str, enhanced: str) -> None:
    assert verdict(phase, 550, enhanced) == Verdict("failed", "no_such_address", suppress=True)


def test_a_refusal_without_a_reason_does_not_condemn_the_address() -> None:
    assert verdict("rcpt", 550) == Verdict("failed", "refused")


@pytest.mark.parametrize("enhanced", ["5.7.1", "5.7.26", "5.7.509"])
def test_a_policy_is_our_trouble_not_the_addresss(enhanced: str) -> None:
    assert verdict("dot", 550, enhanced) == Verdict("failed", "policy", alarm=True)


def test_a_sender_that_is_refused_raises_the_alarm() -> None:
    assert verdict("mail", 553).alarm


@pytest.mark.parametrize(("code", "enhanced"), [(552, ""), (554, "5.3.4"), (550, "5.2.3")])
def test_too_large_fails(code: int, enhanced: str) -> None:
    assert verdict("dot", code, enhanced) == Verdict("failed", "too_large", alarm=True)


def test_a_full_mailbox_is_tried_three_times() -> None:
    tries = [verdict("rcpt", 552, "5.2.2", attempts=n).outcome for n in range(3)]
    assert tries == ["retry", "retry", "failed"]
    assert verdict("rcpt", 452, "4.2.2").reason == "mailbox_full"


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("4.7.1 Greylisted, try again in 300 seconds", timedelta(seconds=300)),
        ("4.7.0 rate limited, wait 12 min", timedelta(minutes=12)),
        ("4.7.0 slow down", SLOW_DOWN),
        ("4.7.0 come back in 99999 minutes", LONGEST_HINT),
        ("4.7.0 in 0 seconds", SLOW_DOWN),
    ],
)
def test_a_domain_that_asks_us_to_slow_down_is_left_in_peace(text: str, pause: timedelta) -> None:
    found = verdict("rcpt", 450, enhanced_code(text), text)
    assert (found.outcome, found.slow_down) == ("retry", pause)
    assert found.pause >= pause


@pytest.mark.parametrize("phase", ["connect", "certificate", "tls", "auth"])
@pytest.mark.parametrize("code", [None, 421, 454, 530, 535, 554])
def test_a_server_that_will_not_talk_counts_against_no_mail(phase: str, code: int | None) -> None:
    found = verdict(phase, code)
    assert (found.outcome, found.counts, found.undecided) == ("server_away", False, False)


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_a_connection_that_dies_before_the_text_counts_against_no_mail(phase: str) -> None:
    assert verdict(phase) == Verdict("server_away", "server_away", counts=False)


def test_wrong_credentials_raise_the_alarm() -> None:
    assert verdict("auth", 535, "5.7.8") == Verdict("server_away", "server_refuses_us", counts=False, alarm=True)
    assert verdict("mail", 530, "5.7.0") == Verdict("server_away", "server_refuses_us", counts=False, alarm=True)


def test_a_certificate_that_nobody_vouches_for_raises_the_alarm() -> None:
    assert verdict("certificate") == Verdict("server_away", "server_refuses_us", counts=False, alarm=True)


def test_silence_after_the_text_is_undecided() -> None:
    found = verdict("dot")
    assert (found.outcome, found.reason, found.undecided, found.counts) == ("retry", "undecided", True, True)


def test_the_server_is_left_alone_longer_each_time() -> None:
    assert [away_for(n).total_seconds() for n in (1, 2, 3, 7, 8, 9, 1000)] == [2, 4, 8, 128, 256, 300, 300]


@given(
    phase=st.sampled_from(PHASES),
    code=st.none() | st.integers(100, 999),
    enhanced=st.just("") | st.from_regex(r"[245]\.[0-9]{1,2}\.[0-9]{1,3}", fullmatch=True),
    text=st.text(max_size=80),
    attempts=st.integers(0, 10_000),
    age=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)),
)
def test_whatever_is_answered(phase: str, code: int | None, enhanced: str, text: str, attempts: int, age: timedelta) -> None:
    found = classify(Answer(phase, code, enhanced, text), attempts=attempts, age=age)  # type: ignore[arg-type]
    # Sent exactly when the server said so after the text; failed only when it refused for good or the time was up.
    assert (found.outcome == "sent") == (phase == "dot" and code is not None and 200 <= code < 300)
    if found.outcome == "failed":
        assert (code is not None and 500 <= code < 600) or age >= GIVE_UP
    # An address is condemned only by a permanent refusal that names it.
    assert not found.suppress or enhanced in NO_SUCH_ADDRESS
    # Only the moment in which nobody can know is marked, and it is never taken for sent.
    assert found.undecided == (phase == "dot" and code is None)
    # What counts as no attempt cannot run the mail out of attempts; what is tried again waits.
    assert found.counts == (found.outcome != "server_away")
    assert (found.pause > timedelta()) == (found.outcome == "retry")
    assert found.reason in REASONS
    assert (found.reason == "") == (found.outcome == "sent")
