"""Somebody who can write to the Valkey of a cluster, and does all that it lets him."""

import random
import threading

import redis

from tests.servers.valkey import Valkey


class Meddler:
    """Within, messages of every stream are dropped, repeated, put in another order and forged."""

    def __init__(self, valkey: Valkey, seed: int) -> None:
        self._valkey = valkey
        self._random = random.Random(f"{seed} meddler")
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._failed: list[BaseException] = []
        self.done = 0

    def __enter__(self) -> "Meddler":
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ends.set()
        self._thread.join(30)
        if self._failed:
            raise self._failed[0]

    def _run(self) -> None:
        try:
            with self._valkey.client() as line:
                while not self._ends.wait(0.01):
                    for stream in line.keys("*:revocations"):
                        self._meddle(line, stream)
        except BaseException as error:
            self._failed.append(error)

    def _meddle(self, line: redis.Redis, stream: bytes) -> None:
        newest = line.xrevrange(stream, count=200)
        if not newest:
            return
        id_, fields = self._random.choice(newest)
        message = bytearray(fields.get(b"m", b"x"))
        match self._random.randrange(6):
            case 0:  # often before any node has read it
                line.xdel(stream, newest[0][0])
            case 1:
                line.xtrim(stream, maxlen=self._random.randrange(3), approximate=False)
            case 2 | 3:  # an older one again: it comes twice, and out of order
                line.xadd(stream, {b"m": bytes(message)})
            case 4:
                place = self._random.randrange(len(message))
                message[place] ^= 1 << self._random.randrange(8)
                line.xadd(stream, {b"m": bytes(message)})
            case _:
                line.xadd(stream, {self._random.choice([b"m", b"x"]): self._random.randbytes(80)})
        self.done += 1
