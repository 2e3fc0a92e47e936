"""The kernel's tables in every service's database: what was said, what was heard, what is to come, who is at work."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Index, Integer, LargeBinary, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.database import KERNEL


def _at(name: str, *, now: bool = False, null: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=null and not now, server_default=func.now() if now else None)


stream = Table(
    "stream",
    KERNEL,
    Column("id", Uuid, primary_key=True),
    _at("started_at", now=True),
    _at("compared_at"),
    comment="One row: the life of this database. A restored backup starts a new stream, so that numbers are not used twice.",
)

outbox = Table(
    "outbox",
    KERNEL,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("stream", Uuid, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("subscriber", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("key_seq", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("correlation", Uuid, nullable=False),
    Column("causation", Uuid),
    _at("occurred_at", now=True),
    _at("next_at", now=True),
    _at("sent_at"),
    Column("sends", Integer, nullable=False, server_default="0"),
    _at("acked_at"),
    Index("uq_outbox_numbered", "stream", "subscriber", "key", "key_seq", unique=True),
    Index("ix_outbox_due", "subscriber", "next_at", "id", postgresql_where=text("acked_at IS NULL")),
    Index("ix_outbox_acked_at", "acked_at", postgresql_where=text("acked_at IS NOT NULL")),
    Index("ix_outbox_correlation", "correlation"),
    comment="One row per event and subscriber; it stays until the subscriber has acknowledged it.",
)

outbox_key = Table(
    "outbox_key",
    KERNEL,
    Column("subscriber", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    comment="The counter that numbers events per subscriber and key without holes: locked by the transaction that records.",
)

inbox_key = Table(
    "inbox_key",
    KERNEL,
    Column("source", Text, primary_key=True),
    Column("stream", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("held", Boolean, nullable=False, comment="there are rows in inbox beyond last_seq: look there before handling"),
    _at("asked_at"),
    Index("ix_inbox_key_held", "source", "stream", "key", postgresql_where=text("held")),
    comment="The watermark: all events of the key up to last_seq are settled, for ever. Locking the row serialises the key.",
)

# waiting: ahead of its turn, or not come to. begun: an attempt is in the books (its process may have died over it).
# failed: to be tried again at next_at. dead: only a person may have it tried again. done, discarded: settled.
inbox = Table(
    "inbox",
    KERNEL,
    Column("source", Text, primary_key=True),
    Column("stream", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("key_seq", BigInteger, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("correlation", Uuid, nullable=False),
    Column("causation", Uuid),
    _at("occurred_at", null=False),
    Column("state", Text, nullable=False, comment="waiting, begun, failed, dead, done, discarded"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column(
        "deaths", Integer, nullable=False, server_default="0", comment="attempts since the last error that were never concluded"
    ),
    Column("passed", Boolean, nullable=False, server_default="false", comment="it failed, and later events of its key went on"),
    _at("begun_at"),
    _at("next_at"),
    Column("error", Text),
    Column("traceback", Text),
    Column("place", Text, comment="the error's class and our own innermost function: what failures are grouped by"),
    _at("received_at", now=True),
    _at("handled_at"),
    Index("ix_inbox_retry", "next_at", postgresql_where=text("state IN ('failed', 'waiting', 'begun')")),
    Index("ix_inbox_open", "state", "received_at", postgresql_where=text("state <> 'done'")),
    Index("ix_inbox_handled_at", "handled_at", postgresql_where=text("state = 'done'")),
    Index("ix_inbox_correlation", "correlation"),
    Index("uq_inbox_event_id", "event_id", unique=True),
    comment="What was heard: kept for tracing when done, and until it is settled when not.",
)

due = Table(
    "due",
    KERNEL,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    _at("due_at", null=False),
    _at("useful_until"),
    Column("state", Text, nullable=False, server_default="scheduled", comment="scheduled, fired, missed, cancelled"),
    Column("correlation", Uuid, nullable=False),
    _at("fired_at"),
    Index("ix_due_scheduled", "due_at", postgresql_where=text("state = 'scheduled'")),
    comment="Later work, one row per key: fired by the relay as an event to the service itself.",
)

aside = Table(
    "aside",
    KERNEL,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256 of the whole message"),
    Column("queue", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="its beginning"),
    Column("times", Integer, nullable=False, server_default="1"),
    _at("first_at", now=True),
    _at("last_at", now=True),
    Index("ix_aside_last_at", "last_at"),
    comment="Messages that are not ours to understand: kept to be looked at, so that those behind them flow.",
)

comparison = Table(
    "comparison",
    KERNEL,
    Column("peer", Text, primary_key=True),
    Column("role", Text, primary_key=True, comment="hearing: we compared what we have heard from the peer; saying: the peer did"),
    Column("run", Uuid, nullable=False),
    _at("at", now=True),
    Column("keys", BigInteger, nullable=False, server_default="0"),
    Column("missing", BigInteger, nullable=False, server_default="0", comment="events acknowledged and not there: sent again"),
    Column(
        "beyond", BigInteger, nullable=False, server_default="0", comment="keys that the listener knows more of than the teller"
    ),
    comment="What the last comparison of the books of a teller and a listener found.",
)

process = Table(
    "process",
    KERNEL,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False, comment="worker or relay"),
    _at("started_at", now=True),
    _at("seen_at", now=True),
    Column("leaving", Boolean, nullable=False, server_default="false", comment="a person has asked it to finish and end"),
    comment="Who is at work: a relay says so every two seconds, a worker whenever its canary has come through its queue.",
)

audit = Table(
    "audit",
    KERNEL,
    Column("id", Uuid, primary_key=True),
    _at("at", now=True),
    Column("actor", Text, nullable=False, comment="staff id, or the name of the process"),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("reason", Text, nullable=False, server_default=""),
    Index("ix_audit_at", "at"),
    comment="What operations staff did, and who read personal data.",
)

halt = Table(
    "halt",
    KERNEL,
    Column("subscriber", Text, primary_key=True),
    _at("since", now=True),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    comment="Subscribers that nothing is sent to until a person says so: their rows stay in the outbox.",
)

sample = Table(
    "sample",
    KERNEL,
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("figures", JSONB, nullable=False),
    comment="How things stood, a row a minute: what the console draws the last two days from.",
)

incident = Table(
    "incident",
    KERNEL,
    Column("id", Uuid, primary_key=True),
    Column("what", Text, nullable=False, comment="a key of shared.operations.alarms"),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    _at("opened_at", now=True),
    _at("seen_at", now=True),
    _at("closed_at"),
    Column("untold", Boolean, nullable=False, server_default="true", comment="the webhook has not taken its last state yet"),
    Index("uq_incident_open", "what", unique=True, postgresql_where=text("closed_at IS NULL")),
    Index("ix_incident_opened_at", "opened_at"),
    comment="What was wrong for a while: people are told once when it begins, and once when it is over.",
)
