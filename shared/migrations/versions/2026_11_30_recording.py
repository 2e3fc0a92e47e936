"""Events are recorded by functions: they are called in the message that says COMMIT, and the server keeps their plans.

``record_event`` numbers an event and writes it for each of its subscribers. ``lend_event`` does the same, lends the rows to the
relay for the time of `lease` if they are lone ones, and returns those. They are two, since PostgreSQL plans a statement anew each
time when knowing a parameter makes it cheaper.
"""

from alembic import op

revision = "8e21f6c07a5d"
down_revision = "5d0b7a1c93e4"
branch_labels = None
depends_on = None

_NUMBERED = """
    WITH event AS (
        SELECT * FROM jsonb_to_record(said) AS event (
            subscribers text[], key text, event_id uuid, name text, payload jsonb, correlation uuid, causation uuid)
    ), numbered AS (
        INSERT INTO outbox_key (subscriber, key, last_seq)
        SELECT unnest(subscribers), key, 1 FROM event
        ON CONFLICT (subscriber, key) DO UPDATE SET last_seq = outbox_key.last_seq + 1
        RETURNING subscriber, last_seq
    )
"""
_TELL = """
    INSERT INTO outbox (stream, event_id, subscriber, key, key_seq, name, payload, correlation, causation, next_at)
    SELECT stream.id, event_id, subscriber, key, last_seq, name, payload, correlation, causation, {next_at}
    FROM numbered, event, stream
"""
# A lone one: of its subscriber no more than two others are to be acknowledged (one less than shared.messaging.delivery.FEW).
_NEXT_AT_LENT = """now() + CASE
        WHEN NOT EXISTS (
            SELECT FROM outbox AS other WHERE other.subscriber = numbered.subscriber AND acked_at IS NULL OFFSET 2)
        AND NOT EXISTS (SELECT FROM halt WHERE halt.subscriber = numbered.subscriber)
        THEN lease ELSE interval '0' END"""


def upgrade() -> None:
    op.execute(f"""
        CREATE FUNCTION record_event(said jsonb) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            {_NUMBERED} {_TELL.format(next_at="now()")};
        END $$
    """)
    op.execute(f"""
        CREATE FUNCTION lend_event(said jsonb, lease interval) RETURNS jsonb LANGUAGE plpgsql AS $$
        DECLARE lone jsonb;
        BEGIN
            {_NUMBERED}, told AS (
                {_TELL.format(next_at=_NEXT_AT_LENT)}
                RETURNING id, stream, subscriber, key_seq, occurred_at, sends, next_at
            )
            SELECT jsonb_agg(to_jsonb(told)) FROM told WHERE next_at > now() INTO lone;
            RETURN lone;
        END $$
    """)  # noqa: S608 (put together from constants)


def downgrade() -> None:
    op.execute("DROP FUNCTION lend_event")
    op.execute("DROP FUNCTION record_event")
