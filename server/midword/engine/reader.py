"""A suggester and the state of its model: loading, ready, or out of reach.

It suggests from memory and dictionaries as soon as its word lists are read, and from the model once
that is loaded, or never if it can't be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import partial
from typing import Literal, TypeVar

from midword.engine.choice import ModelChoice
from midword.engine.passes import Passes
from midword.engine.worker import URGENT
from midword.errors import UserError
from midword.logs import logger, outline
from midword.model import devices
from midword.model.errors import DeviceError, ModelError
from midword.model.masked_lm import MaskedLM
from midword.model.probation import load_somewhere
from midword.suggest.loading import load_suggester
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze

PATIENCE = 2.0  # seconds that a request waits for a model, at most

T = TypeVar("T")

State = Literal["loading", "ready", "resting", "degraded"]


class Reader:
    """What reads gaps for all who chose the same model.

    Args:
        choice: the model.
        passes: where it runs.
        on_change: called on the event loop when `state` changed.
        start: has `load` called, in a thread.
    """

    def __init__(
        self,
        choice: ModelChoice,
        passes: Passes,
        on_change: Callable[[Reader], None],
        start: Callable[[Reader], None],
    ) -> None:
        self.choice = choice
        self.suggester: Suggester | None = None  # None until the word lists are read
        self.state: State = "loading"
        # For the writer: why the model is out of reach or, in other states, not where they want it.
        self.problem = ""
        self.seconds: float | None = None  # what loading took
        self.settled: Future[None] = Future()  # done when `state` is no longer "loading"
        self.writers = 1  # sessions that hold it
        self._passes = passes
        self._on_change = on_change
        self._start = start
        self._asked_at = time.monotonic()
        self._device = choice.device
        self._off_card = ""  # why it isn't on the device that was chosen

    @property
    def idle(self) -> float:
        """Seconds since somebody asked."""
        return time.monotonic() - self._asked_at

    def rest(self) -> bool:
        """Let the model go, if there is one; it is loaded again when somebody asks."""
        if self.state != "ready":
            return False
        logger.info("the model rests")
        self.state = "resting"
        self.suggester = load_suggester(None)
        return True

    def _be_asked(self) -> None:
        self._asked_at = time.monotonic()
        if self.state == "resting":
            self._load_again()

    def can_answer(self, cloze: Cloze) -> bool:
        """Whether a list for this gap costs no pass and no waiting."""
        self._be_asked()
        suggester = self.suggester
        return suggester is not None and self.state != "loading" and suggester.is_ready(cloze)

    async def ask(
        self,
        work: Callable[[Suggester], T],
        *,
        owner: Hashable,
        cloze: Cloze | None = None,
        priority: int = URGENT,
    ) -> T | None:
        """What some work finds with the suggester, once the gaps that it looks up are read.

        After `PATIENCE` seconds without a model it is done with memory and dictionaries only.

        Args:
            work: done in the thread that runs the model, perhaps begun several times; there too
                where no model is.
            owner: on whose behalf.
            cloze: a gap that it will look up.
            priority: URGENT or LATER.

        Returns:
            None if not even the word lists are read.
        """
        self._be_asked()
        await self._settle()
        while (suggester := self.suggester) is not None:
            query = self._passes.submit(
                suggester,
                partial(work, suggester),
                owner=owner,
                priority=priority,
                unread=suggester.unread(cloze) if cloze is not None else None,
            )
            try:
                answer = await asyncio.wrap_future(query)
                if suggester.model is not None:
                    self._heed(suggester.model)
                return answer
            except ModelError as error:
                if suggester is self.suggester:  # else somebody heard of it before
                    self._leave(error)
                await self._settle()
        return None

    async def _settle(self) -> None:
        """Wait for a model that loads, but not for long."""
        if self.state == "loading":
            # Not wait_for: a cancelled request must not cancel what others wait for too.
            await asyncio.wait([asyncio.wrap_future(self.settled)], timeout=PATIENCE)

    def serve(self, writers: int) -> None:
        """Keep as much as that many sessions need."""
        self.writers = writers
        if self.suggester is not None:
            self.suggester.serve(writers)

    def read_ahead(self, cloze: Cloze, *, owner: Hashable) -> None:
        """Read a gap that will probably be asked about, unless something better to do comes."""
        self._be_asked()
        if self.suggester is not None:
            self._passes.read_ahead(self.suggester, cloze, owner=owner)

    def load(self) -> None:
        """Read the word lists, then the model; takes a second, in whatever thread it is called."""
        started = time.perf_counter()
        try:
            self.suggester = load_suggester(None)
            model, trouble = load_somewhere(
                self.choice.model,
                runtime=self.choice.runtime,
                device=self._device,
                threads=self.choice.threads,
                endpoint=self.choice.endpoint,
                checksum=self.choice.checksum,
            )
            if trouble:
                self._device, self._off_card = "cpu", trouble
            self.problem = model.trouble or self._off_card
            self.suggester = load_suggester(model, on_demand=False)
            self.suggester.serve(self.writers)
            self.state = "ready"
        except UserError as error:
            self.problem = str(error)
        except BaseException as error:  # a broken file can fail anywhere in a runtime's code
            logger.error("loading a model failed: %s", outline(error))
            self.problem = (
                f"the model {self.choice.name or 'of the package'} can't be loaded "
                f"({type(error).__name__}): choose another in the setting `midword.model`, or get "
                "it anew with 'midword models pull'"
            )
        if self.state == "loading":
            self.state = "degraded"
        self.seconds = time.perf_counter() - started
        logger.info("model %s after %.2f s", self.state, self.seconds)
        self.settled.set_result(None)

    def _heed(self, model: MaskedLM) -> None:
        """Tell of a server that no longer answers for a model, or does again."""
        if self.state == "ready" and self.problem != (problem := model.trouble or self._off_card):
            self.problem = problem
            self._on_change(self)

    def _leave(self, error: ModelError) -> None:
        """Go on without a model that fails, or with it on the processor if its device does."""
        if self.state != "ready":
            return
        self.suggester = load_suggester(None)
        if isinstance(error, DeviceError):
            logger.warning("a device failed: %s", outline(error))
            self._device, self._off_card = "cpu", devices.instead(error)
            self.problem = self._off_card
            self._load_again()
        else:
            self.problem = str(error)
            self.state = "degraded"
            self._on_change(self)

    def _load_again(self) -> None:
        self.state = "loading"
        self.settled = Future()
        self._start(self)
