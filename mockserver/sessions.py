"""Sessions of sockets: what a client that lost its connection gets when it comes back, from whichever process.

A session has a name, and a buffer of frames that could not be sent. Both are in the store.
"""

from collections.abc import Sequence

from .clock import Clock
from .derive import derived_uuid
from .stores import Delete, Put, Store
from .tasks import account_id

FRAMES = "frames"  # the table of frames that wait: "<session>/<number>"; also the numbers of each session's newest
SESSIONS = "sessions"  # the table of sessions: the account of each; also the numbers of each account's newest
OPEN_S = 7 * 24 * 3600.0  # how long a session is known while its connection lives; renewed when it ends


class Sessions:
    """The sessions of all accounts. resume_s: how long a session, and what waits for it, outlives its connection."""

    def __init__(self, store: Store, clock: Clock, *, resume_s: float, seed: int) -> None:
        self._store = store
        self._clock = clock
        self._resume_s = resume_s
        self._seed = seed

    async def begin(self, key: str) -> str:
        """Return the UUID of a new session; each of an account has its own."""
        account = account_id(key)
        number = await self._store.add(SESSIONS, account, 1)
        uuid = derived_uuid(self._seed, "session", account, number)
        await self._write(uuid, key, OPEN_S)
        return uuid

    async def resume(self, key: str, uuid: str) -> bool:
        """Take up a session and return True; return False when it is not known (any more), or is another account's."""
        known = await self._store.get(SESSIONS, uuid.lower())
        if known is None or known.decode() != account_id(key):
            return False
        await self._write(uuid, key, OPEN_S)
        return True

    async def end(self, key: str, uuid: str) -> None:
        """Let a session be taken up for a while, now that its connection is gone."""
        await self._write(uuid, key, self._resume_s)

    async def keep(self, uuid: str, frame: bytes) -> None:
        """Keep a frame that could not be sent."""
        number = await self._store.add(FRAMES, uuid.lower(), 1)
        until = self._clock.now() + self._resume_s
        await self._store.write(Put(FRAMES, f"{uuid.lower()}/{number}", frame, until))

    async def kept(self, uuid: str, after: int) -> Sequence[tuple[int, bytes]]:
        """Return the frames that wait, with their numbers, in the order in which they were made."""
        newest = await self._store.add(FRAMES, uuid.lower(), 0) or 0
        found = [(n, await self._store.get(FRAMES, f"{uuid.lower()}/{n}")) for n in range(after + 1, newest + 1)]
        return [(number, frame) for number, frame in found if frame is not None]

    async def forget(self, uuid: str, number: int) -> None:
        """Forget a frame that was sent after all."""
        await self._store.write(Delete(FRAMES, f"{uuid.lower()}/{number}"))

    async def _write(self, uuid: str, key: str, for_s: float) -> None:
        until = self._clock.now() + for_s
        await self._store.write(Put(SESSIONS, uuid.lower(), account_id(key).encode(), until))
