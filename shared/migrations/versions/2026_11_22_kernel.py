"""kernel."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c2183c128b61"
down_revision = None
branch_labels = ("kernel",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aside",
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the whole message"),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="its beginning"),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_aside")),
        comment="Messages that are not ours to understand: kept to be looked at, so that those behind them flow.",
    )
    op.create_index("ix_aside_last_at", "aside", ["last_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="staff id, or the name of the process"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        comment="What operations staff did, and who read personal data.",
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "comparison",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Text(),
            nullable=False,
            comment="hearing: we compared what we have heard from the peer; saying: the peer did",
        ),
        sa.Column("run", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("keys", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "missing",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="events acknowledged and not there: sent again",
        ),
        sa.Column(
            "beyond",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="keys that the listener knows more of than the teller",
        ),
        sa.PrimaryKeyConstraint("peer", "role", name=op.f("pk_comparison")),
        comment="What the last comparison of the books of a teller and a listener found.",
    )
    op.create_table(
        "due",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("useful_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="scheduled", nullable=False, comment="scheduled, fired, missed, cancelled"),
        sa.Column("correlation", sa.Uuid(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_due")),
        comment="Later work, one row per key: fired by the relay as an event to the service itself.",
    )
    op.create_index("ix_due_scheduled", "due", ["due_at"], unique=False, postgresql_where=sa.text("state = 'scheduled'"))
    op.create_table(
        "halt",
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", name=op.f("pk_halt")),
        comment="Subscribers that nothing is sent to until a person says so: their rows stay in the outbox.",
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stream", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_seq", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("correlation", sa.Uuid(), nullable=False),
        sa.Column("causation", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, begun, failed, dead, done, discarded"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "deaths",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="attempts since the last error that were never concluded",
        ),
        sa.Column(
            "passed",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="it failed, and later events of its key went on",
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.Column(
            "place",
            sa.Text(),
            nullable=True,
            comment="the error's class and our own innermost function: what failures are grouped by",
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "stream", "key", "key_seq", name=op.f("pk_inbox")),
        comment="What was heard: kept for tracing when done, and until it is settled when not.",
    )
    op.create_index("ix_inbox_correlation", "inbox", ["correlation"], unique=False)
    op.create_index("uq_inbox_event_id", "inbox", ["event_id"], unique=True)
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"], unique=False, postgresql_where=sa.text("state = 'done'"))
    op.create_index("ix_inbox_open", "inbox", ["state", "received_at"], unique=False, postgresql_where=sa.text("state <> 'done'"))
    op.create_index(
        "ix_inbox_retry", "inbox", ["next_at"], unique=False, postgresql_where=sa.text("state IN ('failed', 'waiting', 'begun')")
    )
    op.create_table(
        "inbox_key",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stream", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "held", sa.Boolean(), nullable=False, comment="there are rows in inbox beyond last_seq: look there before handling"
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "stream", "key", name=op.f("pk_inbox_key")),
        comment="The watermark: all events of the key up to last_seq are settled, for ever. Locking the row serialises the key.",
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="a key of shared.operations.alarms"),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "untold",
            sa.Boolean(),
            server_default="true",
            nullable=False,
            comment="the webhook has not taken its last state yet",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        comment="What was wrong for a while: people are told once when it begins, and once when it is over.",
    )
    op.create_index("ix_incident_opened_at", "incident", ["opened_at"], unique=False)
    op.create_index("uq_incident_open", "incident", ["what"], unique=True, postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index("ix_inbox_key_held", "inbox_key", ["source", "stream", "key"], unique=False, postgresql_where=sa.text("held"))
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("stream", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_seq", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("correlation", sa.Uuid(), nullable=False),
        sa.Column("causation", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("acked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        comment="One row per event and subscriber; it stays until the subscriber has acknowledged it.",
    )
    op.create_index("ix_outbox_acked_at", "outbox", ["acked_at"], unique=False, postgresql_where=sa.text("acked_at IS NOT NULL"))
    op.create_index("ix_outbox_correlation", "outbox", ["correlation"], unique=False)
    op.create_index(
        "ix_outbox_due", "outbox", ["subscriber", "next_at", "id"], unique=False, postgresql_where=sa.text("acked_at IS NULL")
    )
    op.create_index("uq_outbox_numbered", "outbox", ["stream", "subscriber", "key", "key_seq"], unique=True)
    op.create_table(
        "outbox_key",
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "key", name=op.f("pk_outbox_key")),
        comment="The counter that numbers events per subscriber and key without holes: locked by the transaction that records.",
    )
    op.create_table(
        "process",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="worker or relay"),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "leaving", sa.Boolean(), server_default="false", nullable=False, comment="a person has asked it to finish and end"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_process")),
        comment="Who is at work: a relay says so every two seconds, a worker whenever its canary has come through its queue.",
    )
    op.create_table(
        "sample",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_sample")),
        comment="How things stood, a row a minute: what the console draws the last two days from.",
    )
    op.create_table(
        "staff_state",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sessions_valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_state")),
    )
    op.create_table(
        "stream",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream")),
        comment="One row: the life of this database. A restored backup starts a new stream, so that numbers are not used twice.",
    )
    op.execute("INSERT INTO stream (id) VALUES (gen_random_uuid())")


def downgrade() -> None:
    op.drop_table("stream")
    op.drop_table("staff_state")
    op.drop_table("sample")
    op.drop_table("process")
    op.drop_table("outbox_key")
    op.drop_index("uq_outbox_numbered", table_name="outbox")
    op.drop_index("ix_outbox_due", table_name="outbox", postgresql_where=sa.text("acked_at IS NULL"))
    op.drop_index("ix_outbox_correlation", table_name="outbox")
    op.drop_index("ix_outbox_acked_at", table_name="outbox", postgresql_where=sa.text("acked_at IS NOT NULL"))
    op.drop_table("outbox")
    op.drop_index("uq_incident_open", table_name="incident", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_index("ix_incident_opened_at", table_name="incident")
    op.drop_table("incident")
    op.drop_index("ix_inbox_key_held", table_name="inbox_key", postgresql_where=sa.text("held"))
    op.drop_table("inbox_key")
    op.drop_index("ix_inbox_retry", table_name="inbox", postgresql_where=sa.text("state IN ('failed', 'waiting', 'begun')"))
    op.drop_index("ix_inbox_open", table_name="inbox", postgresql_where=sa.text("state <> 'done'"))
    op.drop_index("ix_inbox_handled_at", table_name="inbox", postgresql_where=sa.text("state = 'done'"))
    op.drop_index("uq_inbox_event_id", table_name="inbox")
    op.drop_index("ix_inbox_correlation", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("halt")
    op.drop_index("ix_due_scheduled", table_name="due", postgresql_where=sa.text("state = 'scheduled'"))
    op.drop_table("due")
    op.drop_table("comparison")
    op.drop_index("ix_audit_at", table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_aside_last_at", table_name="aside")
    op.drop_table("aside")
