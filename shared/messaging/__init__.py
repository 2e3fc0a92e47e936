"""Every recorded event has its effect on every subscriber exactly once, in order per key, whatever stops or is wiped.

The databases are the queues; Redis is a lossy wire. Producers `record` in the transaction of the change; the relay
publishes until the subscriber has acknowledged; the consumer's inbox makes one effect of any number of deliveries.
Later work is `schedule`d as a row. See docs in each module: outbox, waking, relay, inbox, due, wire.
"""

from shared.messaging.due import cancel_due, schedule
from shared.messaging.failures import passable
from shared.messaging.outbox import record
from shared.messaging.waking import look_after_commit, wake_after_commit

__all__ = ["cancel_due", "look_after_commit", "passable", "record", "schedule", "wake_after_commit"]
