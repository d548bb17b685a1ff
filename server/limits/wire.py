"""Calls of the script over one connection, many at a time, and what happens when Redis is away.

Whoever asks while a batch is under way goes with the next one. The first call that takes too long
ends all that wait, and from then on nobody waits: who asks is told so at once, until a ping in the
background is answered.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections import deque
from collections.abc import Awaitable, Sequence
from typing import Any

import redis.asyncio as aio
from redis.exceptions import NoScriptError

from server.redis.client import DOWN, TIMEOUT_S, explain

from .script import SCRIPT

_BATCH = 128
_WAITING = 10_000
_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0

_log = logging.getLogger("marzipan.limits")

Call = tuple[Sequence[str], Sequence[int], "asyncio.Future[list[int]]"]


class Away(Exception):
    """Redis can't be asked now."""


class Wire:
    """`up`: whether Redis answers, as far as is known; `outages` counts when it ceased to.

    `timeout` (seconds) bounds each batch. The client's own patience must be longer.
    """

    def __init__(
        self, client: aio.Redis, script: str = SCRIPT, *, timeout: float = TIMEOUT_S
    ) -> None:
        self._client = client
        self._script = script
        self._sha = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._timeout = timeout
        self._queue: deque[Call] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._mending: asyncio.Task[None] | None = None
        self.up = True
        self.outages = 0

    def ask(self, keys: Sequence[str], arguments: Sequence[int]) -> "asyncio.Future[list[int]]":
        """The script's reply, in time. Raises Away, the future or at once."""
        if not self.up or len(self._queue) >= _WAITING:
            raise Away
        future: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self._queue.append((keys, arguments, future))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        return future

    async def close(self) -> None:
        """End what is under way, and the connection."""
        tasks = [task for task in (self._sending, self._mending) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._fail(self._queue)
        with contextlib.suppress(*DOWN):
            await self._client.aclose()

    async def _send(self) -> None:
        batch: list[Call] = []
        try:
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]
                replies = await self._in_time(self._execute(batch))
                for (_, _, future), reply in zip(batch, replies, strict=True):
                    _settle(future, reply)
        except DOWN as error:
            self._lose(error)
        finally:
            self._fail(batch)
            self._sending = None

    async def _execute(self, batch: Sequence[Call]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for keys, arguments, _ in batch:
            pipe.evalsha(self._sha, len(keys), *keys, *arguments)
        replies = await pipe.execute(raise_on_error=False)
        if not any(isinstance(reply, NoScriptError) for reply in replies):
            return replies
        # It was started empty. A script that was not there has changed nothing.
        again = [i for i, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        for i in again:
            keys, arguments, _ = batch[i]
            pipe.eval(self._script, len(keys), *keys, *arguments)
        for i, reply in zip(again, await pipe.execute(raise_on_error=False), strict=True):
            replies[i] = reply
        return replies

    async def _in_time(self, call: Awaitable[Any]) -> Any:
        """What is answered before the time is over, or TimeoutError.

        The time is in two halves: where this process itself was held up for longer than all of it,
        the answer may be there, and is read in the second.
        """
        task = asyncio.ensure_future(call)
        try:
            for _ in range(2):
                done, _ = await asyncio.wait({task}, timeout=self._timeout / 2)
                if done:
                    return task.result()
            raise TimeoutError
        finally:
            task.cancel()

    def _lose(self, error: BaseException) -> None:
        self.up = False
        self.outages += 1
        _log.warning("Redis is away: %s. Rate limits go by limits.redis_down.", explain(error))
        self._fail(self._queue)
        self._mending = asyncio.create_task(self._mend())

    async def _mend(self) -> None:
        pause = _PAUSE_S
        while True:
            await asyncio.sleep(pause)
            try:
                await self._in_time(self._client.ping())
            except DOWN:
                pause = min(2 * pause, _LONGEST_PAUSE_S)
                continue
            self.up = True
            _log.warning("Redis is back: rate limits are counted there again.")
            return

    def _fail(self, calls: "deque[Call] | list[Call]") -> None:
        for _, _, future in calls:
            if not future.done():
                future.set_exception(Away())
                future.exception()  # whoever asked may have gone
        calls.clear()


def _settle(future: "asyncio.Future[list[int]]", reply: Any) -> None:
    if future.done():
        return
    if isinstance(reply, list):
        future.set_result(reply)
        return
    # It answers, and can't do this: full, read-only, or something else stands in the counter.
    future.set_exception(Away())
    future.exception()
