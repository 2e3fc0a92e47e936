"""The inbox's keys are locked, and its events settled, by functions: the one goes with the BEGIN and the other with the COMMIT.

A batch has few events, and PostgreSQL takes a list in JSON for one of a hundred: without the settings it would not use the
index of a small table.
"""

from alembic import op

revision = "b7f04c2d915e"
down_revision = "8e21f6c07a5d"
branch_labels = None
depends_on = None

_BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"


def upgrade() -> None:
    # In order of key, so that two batches cannot wait for each other.
    op.execute(f"""
        CREATE FUNCTION lock_keys(asked jsonb) RETURNS jsonb LANGUAGE plpgsql {_BY_INDEX} AS $$
        DECLARE answer jsonb;
        BEGIN
            WITH mark AS (
                INSERT INTO inbox_key AS k (source, stream, key, last_seq, held)
                SELECT source, stream, key, 0, false FROM jsonb_populate_recordset(NULL::inbox_key, asked)
                ORDER BY source, stream, key
                ON CONFLICT (source, stream, key) DO UPDATE SET last_seq = k.last_seq
                RETURNING source, stream, key, last_seq, held
            )
            SELECT jsonb_build_object(
                'marks', jsonb_agg(to_jsonb(mark)), 'halted', EXISTS (SELECT FROM halt WHERE subscriber = 'inbox')
            ) FROM mark INTO answer;
            RETURN answer;
        END $$
    """)  # noqa: S608 (a constant)
    # Answers the keys beyond whose watermark something is kept. A key that is said to be held has a gap before what is kept.
    op.execute(f"""
        CREATE FUNCTION settle_events(said jsonb, lease interval) RETURNS jsonb LANGUAGE plpgsql {_BY_INDEX} AS $$
        DECLARE beyond jsonb;
        BEGIN
            WITH mark AS (
                SELECT source, stream, key, last_seq, held FROM jsonb_populate_recordset(NULL::inbox_key, said -> 'keys')
            ), kept AS (
                INSERT INTO inbox (source, stream, key, key_seq, event_id, name, payload, correlation, causation, occurred_at,
                    state, handled_at, next_at)
                SELECT source, stream, key, key_seq, event_id, name, payload, correlation, causation, occurred_at,
                    state, CASE WHEN state = 'done' THEN now() END, CASE WHEN state = 'waiting' AND EXISTS (
                        SELECT FROM mark WHERE (mark.source, mark.stream, mark.key, mark.last_seq + 1)
                            = (event.source, event.stream, event.key, event.key_seq)) THEN now() + lease END
                FROM jsonb_populate_recordset(NULL::inbox, said -> 'events') AS event
                ON CONFLICT (source, stream, key, key_seq) DO UPDATE
                SET state = EXCLUDED.state, handled_at = EXCLUDED.handled_at, next_at = NULL, traceback = NULL, deaths = 0
                WHERE EXCLUDED.state = 'done' AND inbox.state <> 'done'
                    OR EXCLUDED.state = 'waiting' AND inbox.state = 'begun' AND inbox.deaths = 0
            ), next_one AS (
                UPDATE inbox SET next_at = now() + lease FROM mark
                WHERE (inbox.source, inbox.stream, inbox.key, inbox.key_seq)
                    = (mark.source, mark.stream, mark.key, mark.last_seq + 1) AND inbox.state = 'waiting'
            ), moved AS (
                UPDATE inbox_key AS k SET last_seq = mark.last_seq, held = mark.held OR EXISTS (
                    SELECT FROM inbox AS i WHERE (i.source, i.stream, i.key) = (mark.source, mark.stream, mark.key)
                    AND i.key_seq > mark.last_seq)
                FROM mark WHERE (k.source, k.stream, k.key) = (mark.source, mark.stream, mark.key)
                RETURNING k.source, k.stream, k.key, k.held
            )
            SELECT jsonb_agg(jsonb_build_array(source, stream, key)) FROM moved WHERE held INTO beyond;
            RETURN beyond;
        END $$
    """)  # noqa: S608 (a constant)


def downgrade() -> None:
    op.execute("DROP FUNCTION settle_events")
    op.execute("DROP FUNCTION lock_keys")
