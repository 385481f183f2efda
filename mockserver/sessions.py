"""Sessions of sockets: what a client that lost its connection gets when it comes back, from whichever process.

A session has a name, and a buffer of frames that could not be sent. Both are in the store.
"""

from dataclasses import dataclass

from .clock import Clock
from .derive import derived_uuid
from .stores import Delete, Put, Store
from .tasks import account_id

FRAMES = "frames"  # the table of frames that wait: "<session>/<number>"; also the numbers of each session's newest
SESSIONS = "sessions"  # the table of sessions: the account of each; also the numbers of each account's newest
OPEN_S = 7 * 24 * 3600.0  # how long a session is known while its connection lives; renewed when it ends


@dataclass(frozen=True, slots=True)
class Session:
    """A session as one connection has it. turn: 0 for the connection that began it, 1 for the next that took it up."""

    uuid: str
    account: str
    turn: int = 0

    @property
    def entry(self) -> bytes:
        """What the store has of it while this connection is the newest of the session."""
        return f"{self.account} {self.turn}".encode()


class Sessions:
    """The sessions of all accounts. resume_s: how long a session, and what waits for it, outlives its connection."""

    def __init__(self, store: Store, clock: Clock, *, resume_s: float, seed: int) -> None:
        self._store = store
        self._clock = clock
        self._resume_s = resume_s
        self._seed = seed

    async def begin(self, key: str) -> Session:
        """Return a new session; each of an account has its own."""
        account = account_id(key)
        number = await self._store.add(SESSIONS, account, 1)
        session = Session(derived_uuid(self._seed, "session", account, number), account)
        await self._write(session, OPEN_S)
        return session

    async def resume(self, key: str, uuid: str) -> Session | None:
        """Take up a session and return it; None when it is not known (any more), or is another account's."""
        known = await self._store.get(SESSIONS, uuid.lower())
        account, _, turn = (known or b"").decode().rpartition(" ")
        if known is None or account != account_id(key):
            return None
        session = Session(uuid, account, int(turn) + 1)
        await self._write(session, OPEN_S)
        return session

    async def end(self, session: Session) -> None:
        """Let a session be taken up for a while, now that its connection is gone; one that has another stays."""
        if await self._store.get(SESSIONS, session.uuid.lower()) == session.entry:
            await self._write(session, self._resume_s)

    async def keep(self, uuid: str, frame: bytes) -> None:
        """Keep a frame that could not be sent."""
        number = await self._store.add(FRAMES, uuid.lower(), 1)
        until = self._clock.now() + self._resume_s
        await self._store.write(Put(FRAMES, f"{uuid.lower()}/{number}", frame, until))

    async def sent(self, uuid: str) -> int:
        """Return the number of the newest kept frame that was sent; 0 when none was."""
        return await self._store.add(FRAMES, _sent(uuid), 0) or 0

    async def next_kept(self, uuid: str, after: int) -> tuple[int, bytes] | None:
        """Return the first frame that waits and has a higher number, with its number; None when none does."""
        newest = await self._store.add(FRAMES, uuid.lower(), 0) or 0
        for number in range(after + 1, newest + 1):
            frame = await self._store.get(FRAMES, f"{uuid.lower()}/{number}")
            if frame is not None:
                return number, frame
        return None

    async def forget(self, uuid: str, number: int) -> None:
        """Forget a frame that was sent after all, and those before it."""
        await self._store.write(Delete(FRAMES, f"{uuid.lower()}/{number}"))
        await self._store.add(FRAMES, _sent(uuid), max(number - await self.sent(uuid), 0), at_most=number)

    async def _write(self, session: Session, for_s: float) -> None:
        until = self._clock.now() + for_s
        await self._store.write(Put(SESSIONS, session.uuid.lower(), session.entry, until))


def _sent(uuid: str) -> str:
    return f"{uuid.lower()}/sent"
