"""What notifications tells the operations console: what became of each mail, and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, text
from sqlalchemy.orm import Session

from services.notifications.actions.mailings import find_mailing, hold_mailing, let_go_mailing
from services.notifications.models import (
    OPEN,
    Activity,
    CalendarCopy,
    Mailing,
    Message,
    MessageAttempt,
    Pause,
    Person,
    Recipient,
    Registration,
    Suppression,
)
from services.notifications.rules.reasons import KINDS, REASONS, STATES, why_away
from services.notifications.settings import settings
from shared.clock import now
from shared.errors import NotFound
from shared.i18n import N_, _
from shared.messaging.waking import wake_after_commit
from shared.operations.expectations import late_work, unsettled
from shared.operations.hooks import Clues, Expectation, Figure, Hooks, Level, Overdue, Step, Switch, Switches

MOST = 100
_LEVELS: dict[str, Level] = {"sent": "success", "failed": "danger", "withheld": "warning", "retry": "warning"}


def follow(session: Session, clues: Clues) -> Clues:
    """The people behind an address or a registration, and the correlations of their mails."""
    people = _people(session, clues)
    if not (people or clues.address):
        return clues
    registrations = session.scalars(select(Registration.id).where(Registration.person_id.in_(people)))
    theirs = select(Message.correlation).where(_to(people, clues.address)).order_by(Message.created_at.desc()).limit(MOST)
    return clues.and_also([*people, *registrations, *session.scalars(theirs)])


def steps(session: Session, clues: Clues) -> Sequence[Step]:
    """Mails with every attempt, calendar entries, and why an address gets nothing. Of a person only their own."""
    people = _people(session, clues)
    mine = _to(people, clues.address) if people or clues.address else None
    chosen = or_(Message.id.in_(clues.ids), Message.correlation.in_(clues.ids)) if mine is None else mine
    messages = session.scalars(select(Message).where(chosen).order_by(Message.created_at.desc()).limit(MOST)).all()
    tried = select(MessageAttempt).where(MessageAttempt.message_id.in_([message.id for message in messages]))
    by_id = {message.id: message for message in messages}
    return [
        *(_of_message(message) for message in messages),
        *(_of_attempt(attempt, by_id[attempt.message_id]) for attempt in session.scalars(tried.order_by(MessageAttempt.n))),
        *_of_calendar(session, people),
        *_of_address(session, clues.address),
    ]


def _people(session: Session, clues: Clues) -> set[UUID]:
    theirs = select(Registration.person_id).where(Registration.id.in_(clues.ids))
    named: list[ColumnElement[bool]] = [Person.id.in_(clues.ids), Person.id.in_(theirs)]
    if clues.address:
        named.append(func.lower(Person.email) == clues.address)
        named.append(Person.id.in_(select(Message.person_id).where(Message.recipient_key == clues.address)))
    return set(session.scalars(select(Person.id).where(or_(*named)).limit(20)))


def _to(people: set[UUID], address: str) -> ColumnElement[bool]:
    """Mails to these people, or to the address."""
    return or_(Message.person_id.in_(people), Message.recipient_key == address) if address else Message.person_id.in_(people)


def _of_message(message: Message) -> Step:
    kind = _(KINDS[message.kind])
    reason = _(REASONS[message.reason]) if message.reason else ""
    state = ": ".join(part for part in (_(STATES[message.state]), reason) if part)
    doubled = _(", kan ha kommit två gånger") if message.possibly_doubled else ""
    return Step(
        message.created_at,
        _("Mejl: {kind}").format(kind=kind),
        f"{state}{doubled}",
        _LEVELS.get(message.state, "info"),
        message.correlation,
        f"/utskick/mejl/{message.id}",
        stuck=message.state in {"failed", "withheld", "retry"} or bool(message.reason and message.state == "queued"),
    )


def _of_attempt(attempt: MessageAttempt, message: Message) -> Step:
    what = _("Försök {number} att skicka {kind}").format(number=attempt.n, kind=_(KINDS[message.kind]).lower())
    if attempt.phase == "begun":
        return Step(attempt.at, what, _("pågår"), "info", message.correlation)
    answer = " ".join(str(part) for part in (attempt.code or _("inget svar"), attempt.response) if part)
    took = f", {attempt.duration_ms} ms" if attempt.duration_ms is not None else ""
    taken = attempt.code is not None and attempt.code < 300
    return Step(attempt.at, what, f"{answer}{took}", "success" if taken else "warning", message.correlation)


def _of_calendar(session: Session, people: set[UUID]) -> list[Step]:
    query = select(CalendarCopy, Activity.title).outerjoin(Activity, Activity.id == CalendarCopy.activity_id)
    return [
        Step(
            copy.at,
            _("Kalenderpost: {method}, sekvens {number}").format(method=copy.method, number=copy.sequence),
            title or str(copy.activity_id),
            "success",
        )
        for copy, title in session.execute(query.where(CalendarCopy.person_id.in_(people)))
    ]


def _of_address(session: Session, address: str) -> list[Step]:
    if not address:
        return []
    held = session.scalars(select(Suppression).where(Suppression.address_key == address))
    answered = session.scalars(
        select(Recipient).where(Recipient.address_key == address, Recipient.registered_at.is_not(None)).limit(MOST)
    )
    return [
        *(
            Step(each.created_at, _("Adressen får inga fler mejl"), _(REASONS[each.reason]), "danger", stuck=True)
            for each in held
        ),
        *(Step(each.registered_at, _("Svarade på en inbjudan"), "", "success") for each in answered if each.registered_at),
    ]


_FIGURES = text("""
    SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'inflight') AS inflight,
        count(*) FILTER (WHERE state = 'retry') AS retry, count(*) FILTER (WHERE paused) AS paused,
        count(*) FILTER (WHERE state = 'queued' AND reason = 'broken') AS broken, max(final.failed) AS failed,
        max(final.rejected) AS rejected,
        (SELECT reason FROM pause WHERE scope = 'server' AND since < now() - interval '1 minute'
            AND until > now() - interval '1 minute') AS away
    FROM (
        SELECT count(*) AS failed,
            count(*) FILTER (WHERE reason = 'policy' AND created_at > now() - interval '1 hour') AS rejected
        FROM message WHERE created_at > now() - interval '1 day' AND state = 'failed') AS final
    LEFT JOIN message ON state IN ('queued', 'inflight', 'retry')
""")


_LOG = "/utskick/mejl"


def figures(session: Session) -> Sequence[Figure]:
    """Mail by state, in one statement."""
    row = session.execute(_FIGURES).one()
    rejected = row.rejected if row.rejected >= settings().alarm_rejected else 0
    return [
        Figure("mail_queued", N_("Mejl i kö"), row.queued),
        Figure("mail_inflight", N_("Mejl som skickas"), row.inflight),
        Figure("mail_retry", N_("Mejl som försöks igen"), row.retry, see=f"{_LOG}?lage=retry"),
        Figure("mail_paused", N_("Mejl i pausade utskick"), row.paused),
        Figure("mail_failed", N_("Mejl som misslyckats senaste dygnet"), row.failed, "warning", see=f"{_LOG}?lage=failed"),
        Figure(
            "mail_rejected",
            N_("Mejl som mottagarnas servrar avvisat den senaste timmen"),
            rejected,
            "danger",
            N_("Läs svaren. Se efter att avsändarens domän har SPF, DKIM och DMARC, och att den inte står på en spärrlista."),
            f"{_LOG}?lage=failed",
        ),
        Figure(
            "mail_broken",
            N_("Mejl som inte kan skrivas"),
            row.broken,
            "danger",
            N_(
                "Ett fel i tjänsten: sök efter mail_is_broken i dess logg, och rätta. De skickas av sig själva när det är rättat."
            ),
            f"{_LOG}?lage=queued",
        ),
        Figure(
            "mail_server_away",
            why_away(row.away or ""),
            int(row.away is not None),
            "danger",
            N_("Se efter att e-postservern är igång och att inställningen NOTIFICATIONS_SMTP_URL stämmer. Inget går förlorat."),
            f"{_LOG}?lage=queued",
            counted=False,
        ),
    ]


def switches(session: Session) -> Sequence[Switch]:
    """The mailings that are being sent, and every kind of mail; which are stopped."""
    open_ones = session.scalars(select(Mailing).where(Mailing.state.in_(["sending", "paused"])).order_by(Mailing.launched_at))
    stopped = {
        pause.scope: pause
        for pause in session.scalars(select(Pause).where(Pause.scope.startswith(_KIND), Pause.until > func.now()))
    }
    return [
        *(Switch(f"{_MAILING}{each.id}", N_("Utskick"), each.subject, each.state == "paused") for each in open_ones),
        *(
            Switch(kind, text, stopped=True, since=stopped[_KIND + kind].since, reason=stopped[_KIND + kind].reason)
            if _KIND + kind in stopped
            else Switch(kind, text)
            for kind, text in KINDS.items()
        ),
    ]


def stop(session: Session, kind: str, reason: str) -> None:
    """Let no mail of a kind, or of a mailing, leave: those that are written wait. Raises `NotFound`, `MailingNotSending`."""
    if mailing := _mailing(session, kind):
        hold_mailing(session, mailing)
        return
    if kind not in KINDS:
        raise NotFound
    session.merge(Pause(scope=_KIND + kind, until=now() + _FOR_EVER, reason=reason, since=now()))


def start(session: Session, kind: str) -> None:
    """Let them leave again. Raises `NotFound`, `MailingNotPaused`."""
    if mailing := _mailing(session, kind):
        let_go_mailing(session, mailing)
        return
    session.execute(delete(Pause).where(Pause.scope == _KIND + kind))
    wake_after_commit(session)


def _mailing(session: Session, name: str) -> Mailing | None:
    if not name.startswith(_MAILING):
        return None
    try:
        return find_mailing(session, UUID(name.removeprefix(_MAILING)), for_change=True)
    except ValueError:
        raise NotFound from None


_KIND = "kind:"
_MAILING = "mailing:"
_FOR_EVER = timedelta(days=36500)


def late_confirmations(session: Session, at: datetime, most: int) -> list[Overdue]:
    """A registration without its confirmation after two minutes: it was not understood, or its mail has not left."""
    before = at - timedelta(minutes=2)
    unheard = unsettled(session, "notifications", "registration.received", before, most)
    unsent = _late(session, before, most, Message.kind == "confirmation")
    return sorted([*unheard, *unsent], key=lambda each: each.since)[:most]


def late_mails(session: Session, at: datetime, most: int) -> list[Overdue]:
    """Any other mail to a single person that has not left after ten minutes."""
    return _late(session, at - timedelta(minutes=10), most, Message.kind != "confirmation", Message.lane == "transactional")


def _late(session: Session, before: datetime, most: int, *which: ColumnElement[bool]) -> list[Overdue]:
    """Those apart that wait by a person's word, or for a server that has asked for it."""
    held = select(Pause.scope).where(Pause.scope == _KIND + Message.kind, Pause.until > func.now()).exists()
    query = select(Message.id, Message.correlation, Message.queued_at).where(
        Message.state.in_(OPEN), Message.attempts == 0, ~Message.paused, Message.queued_at < before, ~held, *which
    )
    return [Overdue(row.correlation, row.queued_at) for row in session.execute(query.order_by(Message.queued_at).limit(most))]


HOOKS = Hooks(
    follow=follow,
    steps=steps,
    figures=figures,
    switches=Switches(switches, stop, start),
    expectations=[
        Expectation("confirmation", N_("Anmälningar utan bekräftelse efter två minuter"), late_confirmations),
        Expectation("mail", N_("Mejl som inte har lämnat oss efter tio minuter"), late_mails),
        Expectation("due", N_("Planerat arbete som inte har gjorts i tid"), late_work),
    ],
)
