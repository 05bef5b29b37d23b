"""Wake-ups between processes, by Redis pub/sub."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Collection

import orjson
import redis.asyncio
import structlog
from redis.exceptions import RedisError

from core.backoff import Backoff
from core.errors import ConfigError
from core.tasks import end_tasks
from core.wakeups import BLIND_POLL, SAFETY_POLL, LocalWakeups, Waiter, Wants

log = structlog.get_logger(__name__)

REDIS_CHANNEL = "shouwen:wakeups"
RECONNECT = Backoff(first=0.2, longest=10.0)


class RedisWakeups:
    """Publishes to this process at once and to the others through Redis.

    Keys published in one turn of the event loop leave in one Redis message.
    When Redis is away, nothing is queued for it: the others poll. Raises `ConfigError` when `url` cannot be one.
    """

    def __init__(self, url: str) -> None:
        try:
            self._redis = redis.asyncio.Redis.from_url(
                url, socket_connect_timeout=2, health_check_interval=15
            )
        except ValueError as error:
            raise ConfigError(
                "REDIS_URL", "this is not a Redis address", "Use one like redis://localhost:6379/0"
            ) from error
        self._local = LocalWakeups()
        self._connected = False
        self._me = uuid.uuid4().hex  # so that we do not wake ourselves twice
        self._pending: dict[str, set[str]] = {}
        self._flush = asyncio.Event()

    @property
    def poll_seconds(self) -> float:
        return SAFETY_POLL if self._connected else BLIND_POLL

    async def ping(self) -> None:
        """Ask whether it is there, once, for who is not `running`. Raises `OSError` when it is not."""
        try:
            await self._redis.ping()
        except RedisError as error:
            raise OSError(str(error)) from error
        finally:
            await self._redis.aclose()

    def publish(self, topic: str, keys: Collection[str] = ("",)) -> None:
        self._local.publish(topic, keys)
        if self._connected:
            self._pending.setdefault(topic, set()).update(keys)
            self._flush.set()

    def listen(self, topic: str, *, wants: Wants | None = None) -> contextlib.AbstractContextManager[Waiter]:
        return self._local.listen(topic, wants=wants)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the connection for the time of the block."""
        tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._send())]
        try:
            yield
        finally:
            await end_tasks(*tasks)
            await self._redis.aclose()

    async def _receive(self) -> None:
        attempt = 0
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(REDIS_CHANNEL)
                    self._connected, attempt = True, 0
                    log.info("redis.connected")
                    while True:
                        message = await pubsub.get_message(timeout=None)
                        if message is not None:
                            self._pass_on(message["data"])
            except (RedisError, OSError) as error:
                if self._connected or attempt == 0:
                    log.warning("redis.lost", error=str(error), consequence="processes poll instead")
                self._connected = False
                attempt += 1
                await asyncio.sleep(RECONNECT.delay(attempt))

    def _pass_on(self, data: bytes) -> None:
        try:
            sender, topics = orjson.loads(data)
            if sender != self._me:
                for topic, keys in topics.items():
                    self._local.publish(topic, keys)
        except (ValueError, TypeError, AttributeError):
            log.warning("redis.not_understood", consequence="the wake-up is ignored", size=len(data))

    async def _send(self) -> None:
        while True:
            await self._flush.wait()
            self._flush.clear()
            pending, self._pending = self._pending, {}
            data = orjson.dumps([self._me, {topic: sorted(keys) for topic, keys in pending.items()}])
            try:
                await self._redis.publish(REDIS_CHANNEL, data)
            except (RedisError, OSError) as error:
                log.debug("redis.publish_failed", error=str(error))
