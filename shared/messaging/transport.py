"""Reading Redis as a Celery worker that nothing stops: what is not a message is put aside, and Redis' return is noticed soon."""

from dataclasses import dataclass
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer
from celery.worker.state import maybe_shutdown, reserved_requests
from kombu.transport import redis as kombu_redis
from kombu.transport.virtual import QoS as Places
from redis import Redis

from shared.messaging.aside import put_aside, why_not_a_message
from shared.observability import log

_log = log(__name__)

ECHO = "echo"
"""What the watchdog puts on the worker's own queue, to see whether it is taken from there."""


@dataclass
class Pulse:
    """Beats whenever the consumer has taken an echo from Redis, or rightly listens to nothing because its hands are full."""

    beats: int = 0


PULSE = Pulse()
"""Of this process: the consumer beats it in the main thread, the watchdog feels it in another."""


class QoS(kombu_redis.QoS):
    """How many messages may be in hand. One whose acknowledgement does not reach Redis would keep its place for ever."""

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            Places.ack(self, delivery_tag)  # it is done, and Redis will deliver it once more
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue)
        except Exception:
            Places.ack(self, delivery_tag)
            raise

    def can_consume(self) -> bool:
        if super().can_consume():
            return True
        PULSE.beats += bool(reserved_requests)
        return False


class Channel(kombu_redis.Channel):
    """Anything on a queue that is not a Celery message would end the connection with an error, or the worker."""

    QoS = QoS
    _ours: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if not asynchronous:
            # kombu makes a client for every publication and acknowledgement: that costs more than the command itself.
            if self._ours is None or self._ours.connection_pool is not self.pool:
                self._ours = super()._create_client()  # type: ignore[misc]
            return self._ours
        client: Any = super()._create_client(asynchronous=True)  # type: ignore[misc]
        client.set_response_callback("BRPOP", self._only_messages)
        return client

    def _only_messages(self, popped: Any, **_: Any) -> Any:
        if not popped:
            return None
        queue, message = popped
        if message == ECHO.encode():
            PULSE.beats += 1
            return None
        reason = why_not_a_message(message)
        if reason is None:
            return queue, message
        put_aside(self._create_client(), str(self.client_name), queue.decode(), reason, message)
        return None


class Transport(kombu_redis.Transport):
    """Kombu's Redis transport with our `Channel`."""

    Channel = Channel


def take_over(sender: Any, **_: Any) -> None:
    """A worker that begins takes at once what others had in hand when they ended, and not only after the visibility timeout.

    What they have in hand and still live is delivered twice, which is harmless.
    """
    channel = sender.task_consumer.channel
    with channel.conn_or_acquire() as redis:
        for tag in redis.zrange(channel.unacked_index_key, 0, -1):
            channel.qos.restore_by_tag(tag, redis)


class Consumer(CeleryConsumer):
    """Celery drops a message that it cannot understand; here it is put aside. And it looks for Redis at least every second."""

    def ensure_connected(self, conn: Any) -> Any:
        """Wait until Redis answers: kombu's own pause grows to half a minute."""

        def say(error: Exception, _interval: float) -> None:
            if not self.broker_connection_retry_attempt:
                _log.warning("waiting_for_redis", error=type(error).__name__)
            self.broker_connection_retry_attempt += 1

        conn.ensure_connection(say, None, interval_start=0.2, interval_step=0.2, interval_max=1, callback=maybe_shutdown)
        self.first_connection_attempt = False
        self.broker_connection_retry_attempt = 0
        return conn

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        self._put_aside(message, f"cannot be decoded: {type(exc).__name__}")

    def on_unknown_message(self, _body: Any, message: Any) -> None:
        self._put_aside(message, "not a task")

    def on_unknown_task(self, _body: Any, message: Any, _exc: Exception) -> None:
        self._put_aside(message, f"unknown task {message.headers.get('task')}")

    def on_invalid_task(self, _body: Any, message: Any, exc: Exception) -> None:
        self._put_aside(message, f"not a valid task message: {type(exc).__name__}")

    def _put_aside(self, message: Any, reason: str) -> None:
        body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
        redis: Redis = message.channel._create_client()  # noqa: SLF001 (our own Channel)
        put_aside(redis, message.channel.client_name, message.delivery_info.get("routing_key", ""), reason, body)
        message.ack_log_error(_log, self.connection_errors)  # type: ignore[attr-defined]
