"""The models in memory: each loaded once, for all sessions that hold a lease on it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import Any, Protocol, TypeVar

from midword.engine.choice import ModelChoice
from midword.engine.passes import Passes
from midword.engine.reader import Reader
from midword.engine.worker import LATER, Worker
from midword.heap import sweep, trim_heap
from midword.model import devices
from midword.suggest.loading import load_suggester
from midword.text import cloze

T = TypeVar("T")

_PATIENCE = 3.0  # seconds


class Owner(Protocol):
    """Who holds leases: one client's session."""

    def __hash__(self) -> int: ...

    def model_changed(self, reader: Reader) -> None:
        """How a reader fares that it holds a lease on: from the start, and when that changes.

        On the event loop.
        """


class Engine:
    """The readers in use, the thread in which they run, and the one in which they are loaded.

    Its methods are called on the event loop.

    Attributes:
        learner: the thread in which what writers have is learnt; it belongs to the process, as
            models do, and sessions share it.
    """

    def __init__(self, linger: float = 0.0) -> None:
        """Begin with no model.

        Args:
            linger: seconds that a model stays in memory after its last lease ended.
        """
        self._linger = linger
        self.learner = Worker("midword-learner")
        self._passes = Passes()
        self._loader = Worker("midword-loader")
        self._readers: dict[ModelChoice, Reader] = {}
        self._leases: dict[Owner, set[ModelChoice]] = {}
        self._unsaved: set[Future[Any]] = set()

    def warm_up(self) -> None:
        """Read the word lists, which every model needs, while the client introduces itself."""
        self._loader.submit(lambda: load_suggester(None))

    def lease(self, owner: Owner, choices: Iterable[ModelChoice]) -> None:
        """Keep these models for an owner, and no longer those that it chose before.

        Models begin to load at the first lease, and leave with the last one.
        """
        before, held = self._leases.get(owner, set()), set(choices)
        self._leases[owner] = held
        for choice in held:
            self._load(choice, owner, is_new=choice not in before)
        self._share()

    def reader(self, owner: Owner, choice: ModelChoice) -> Reader:
        """The reader of a choice, kept for its owner from now on."""
        held = self._leases.setdefault(owner, set())
        is_new = choice not in held
        reader = self._load(choice, owner, is_new=is_new)
        if is_new:
            held.add(choice)
            self._share()
        return reader

    def readers(self, owner: Owner) -> list[Reader]:
        """An owner's readers, those that still load included."""
        held = self._leases.get(owner, set())
        return [reader for choice, reader in self._readers.items() if choice in held]

    @property
    def all_readers(self) -> list[Reader]:
        """Every owner's readers, and those that nobody holds any more."""
        return list(self._readers.values())

    def rest(self, idle: float) -> None:
        """Let go of models that nobody asked for so many seconds; those held come back.

        With them goes what is kept of the texts that they read.
        """
        held = set(itertools.chain.from_iterable(self._leases.values()))
        has_let_go = False
        for choice, reader in list(self._readers.items()):
            if reader.idle < idle:
                continue
            if choice not in held:
                del self._readers[choice]
            elif not reader.rest():
                continue
            has_let_go = True
        if has_let_go:
            cloze.forget()
            self._loader.submit(_give_back, LATER)

    def release(self, owner: Owner) -> None:
        """An owner has left: nothing is kept for it, or read, and it is told nothing more."""
        self._leases.pop(owner, None)
        self._passes.drop(owner)
        self._share()
        self._loader.submit(sweep, LATER)

    def reload(self, owner: Owner) -> None:
        """Give an owner's models up, so that its next lease loads them anew, for all who use them.

        For example after `midword models pull`.
        """
        for choice in self._leases.pop(owner, set()):
            self._readers.pop(choice, None)

    def save(self, job: Callable[[], T]) -> Future[T]:
        """Do something in the learner's thread that must not be lost when the process ends."""
        future = self.learner.submit(job)
        self._unsaved.add(future)
        future.add_done_callback(self._unsaved.discard)
        return future

    def finish(self) -> None:
        """Wait for what must not be lost, but not for ever."""
        wait(list(self._unsaved), _PATIENCE)

    def close(self) -> None:
        """End all threads."""
        for part in (self._passes, self._loader, self.learner):
            part.close()

    def _load(self, choice: ModelChoice, owner: Owner, *, is_new: bool) -> Reader:
        """The reader of a choice; to whom it is new, but not to others, hears how it fares."""
        reader = self._readers.get(choice)
        if reader is None:
            reader = self._readers[choice] = Reader(choice, self._passes, self._tell, self._start)
            self._start(reader)
        elif is_new:
            self._tell_soon(reader, owner)
        return reader

    def _start(self, reader: Reader) -> None:
        """Have a reader load its model."""
        loop = asyncio.get_running_loop()

        def settled(_: Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the server left while the model loaded
                loop.call_soon_threadsafe(self._tell, reader)

        reader.settled.add_done_callback(settled)
        self._loader.submit(reader.load)
        self._loader.submit(sweep, LATER)
        self._tell_soon(reader)

    def _tell_soon(self, reader: Reader, newcomer: Owner | None = None) -> None:
        """Tell how a reader fares now; if it fares otherwise by then, all hear that anyway."""
        state = reader.state

        def tell() -> None:
            if reader.state == state:
                self._tell(reader, newcomer)

        asyncio.get_running_loop().call_soon(tell)

    def _tell(self, reader: Reader, newcomer: Owner | None = None) -> None:
        """Tell all who hold a reader how it fares, or the newcomer among them."""
        if self._readers.get(reader.choice) is reader:
            for owner, held in list(self._leases.items()):
                if reader.choice in held and newcomer in (None, owner):
                    owner.model_changed(reader)

    def _share(self) -> None:
        """Let go of readers that nobody holds, and fit the others to the number who do.

        With `linger` the latest of them stays a while, for a window that was closed is often
        opened again.
        """
        holders = Counter(itertools.chain.from_iterable(self._leases.values()))
        free = [choice for choice in self._readers if not holders[choice]]
        kept = max(free, key=lambda c: -self._readers[c].idle) if free and self._linger else None
        for choice in free:
            if choice != kept:
                del self._readers[choice]
        for choice, writers in holders.items():
            if choice in self._readers:
                self._readers[choice].serve(writers)


def _give_back() -> None:
    """Give free memory back to the system, and to other programs on a card."""
    trim_heap()
    devices.trim()
