"""The models in memory and the one thread that runs them.

A reader is a suggester and the state of its model. It suggests from memory and dictionaries as soon
as its word lists are read, and from the model once that is loaded, or never if it can't be.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal, TypeVar

from midword.engine.worker import LATER, URGENT, Worker
from midword.errors import UserError
from midword.logs import logger, outline
from midword.model.loading import load
from midword.settings import Settings
from midword.suggest.loading import load_suggester
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze

PATIENCE = 2.0  # seconds that a request waits for a model, at most

T = TypeVar("T")

State = Literal["loading", "ready", "degraded"]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the settings say about the model; readers with equal choices are one."""

    model: str  # a name or path; "" for the default
    runtime: str
    device: str
    threads: int

    @classmethod
    def of(cls, settings: Settings) -> ModelChoice:
        """The choice that some settings make."""
        return cls(settings.model, settings.runtime, settings.device, settings.threads)


class Reader:
    """A suggester whose model is loading, ready, or out of reach."""

    def __init__(self, choice: ModelChoice, engine: Engine) -> None:
        self.choice = choice
        self.engine = engine
        self.suggester: Suggester | None = None  # None until the word lists are read
        self.state: State = "loading"
        self.problem = ""  # why the model is out of reach, for the writer
        self.seconds: float | None = None  # what loading took
        self.settled: Future[None] = Future()  # done when `state` is no longer "loading"
        self._prefetch: Future[None] | None = None

    def can_answer(self, cloze: Cloze) -> bool:
        """Whether a list for this gap costs no pass and no waiting."""
        suggester = self.suggester
        if suggester is None or self.state == "loading":
            return False
        return suggester.model is None or suggester.is_ready(cloze)

    async def prepare(self, cloze: Cloze) -> Suggester | None:
        """Read the gap, waiting for the model if it loads; the suggester to ask afterwards.

        After `PATIENCE` seconds without a model the suggester knows memory and dictionaries only;
        None if it doesn't know even these.
        """
        if self.state == "loading":
            settled = asyncio.wrap_future(self.settled)
            # Not wait_for: a cancelled request must not cancel what others wait for too.
            await asyncio.wait([settled], timeout=PATIENCE)
        suggester = self.suggester
        if suggester is not None and suggester.model is not None and not suggester.is_ready(cloze):
            await self.engine.run(lambda: suggester.prepare(cloze))
        return suggester

    def prefetch(self, cloze: Cloze) -> None:
        """Read a gap that will probably be asked about, unless something better to do comes."""
        suggester = self.suggester
        if suggester is None or suggester.model is None or suggester.is_ready(cloze):
            return
        if self._prefetch is not None:
            self._prefetch.cancel()
        self._prefetch = self.engine.worker.submit(lambda: suggester.prepare(cloze), LATER)

    def _load(self) -> None:
        """Read the word lists, then the model; runs in the engine's thread."""
        started = time.perf_counter()
        choice = self.choice
        try:
            self.suggester = load_suggester(None)
            model = load(
                choice.model or None,
                runtime=choice.runtime,
                device=choice.device,
                threads=choice.threads,
            )
            self.suggester = load_suggester(model)
            self.state = "ready"
        except UserError as error:
            self.problem = str(error)
        except Exception as error:  # a broken file can fail anywhere in a runtime's code
            logger.error("loading a model failed: %s", outline(error))
            self.problem = (
                f"the model {choice.model or 'of the package'} can't be loaded "
                f"({type(error).__name__}): choose another in the setting `midword.model`, or get "
                "it anew with 'midword models pull'"
            )
        if self.problem:
            self.state = "degraded"
        self.seconds = time.perf_counter() - started
        logger.info("model %s after %.2f s", self.state, self.seconds)
        self.settled.set_result(None)


class Engine:
    """The readers in use, and the thread in which models load and run."""

    def __init__(self) -> None:
        self.worker = Worker("midword-engine")
        self._readers: dict[ModelChoice, Reader] = {}
        self.on_change: list[Callable[[Reader], None]] = []  # called on the event loop

    def warm_up(self) -> None:
        """Read the word lists, which every model needs, while the client introduces itself."""
        self.worker.submit(lambda: load_suggester(None))

    def reader(self, choice: ModelChoice) -> Reader:
        """The reader of a choice; its model begins to load at the first call."""
        reader = self._readers.get(choice)
        if reader is None:
            reader = self._readers[choice] = Reader(choice, self)
            self._start(reader)
        return reader

    @property
    def readers(self) -> list[Reader]:
        """All readers, those that still load included."""
        return list(self._readers.values())

    def keep(self, choices: set[ModelChoice]) -> None:
        """Let go of models that nobody chooses any more."""
        for choice in self._readers.keys() - choices:
            del self._readers[choice]

    def reload(self) -> None:
        """Load every model anew, for example after `midword models pull`."""
        for choice in list(self._readers):
            del self._readers[choice]
            self.reader(choice)

    async def run(self, job: Callable[[], T], priority: int = URGENT) -> T:
        """Run a job in the engine's thread; cancelling drops it if it hasn't begun."""
        return await asyncio.wrap_future(self.worker.submit(job, priority))

    def _start(self, reader: Reader) -> None:
        loop = asyncio.get_running_loop()

        def changed() -> None:
            for listener in self.on_change:
                listener(reader)

        def settled(_: Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the server left while the model loaded
                loop.call_soon_threadsafe(changed)

        reader.settled.add_done_callback(settled)
        self.worker.submit(reader._load)
        loop.call_soon(changed)
