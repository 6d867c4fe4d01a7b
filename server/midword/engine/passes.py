"""The one thread that runs models, and the queue in front of it.

Whoever wants words hands in a query: work that only looks up what the model said. Where it meets a
gap that was not read yet, the gap waits here, is read together with others, and the work begins
again. So everything that runs a model is a gap in one queue, and the order is this:

- what somebody waits for comes before what may save somebody from waiting;
- the client that was served longest ago comes first, so that none holds up the others;
- a gap that several ask for is read once, and gaps of one model share a pass, up to the number
  that gains from it; none waits for others to come. A pass on a card with room left takes those
  along that may save somebody from waiting;
- what was cancelled by then is not read at all.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from midword.engine.worker import LATER, URGENT
from midword.logs import logger, outline
from midword.model import devices
from midword.suggest.readings import Reading, UnreadError
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze

T = TypeVar("T")


class _Query(Generic[T]):
    """Work that waits for its turn."""

    def __init__(
        self,
        suggester: Suggester,
        work: Callable[[], T],
        *,
        owner: Hashable,
        priority: int,
        unread: Reading | None,
    ) -> None:
        self.suggester = suggester
        self.work = work
        self.owner = owner
        self.priority = priority
        self.unread = unread  # what it needs before it can go on
        self.future: Future[T] = Future()

    def proceed(self) -> bool:
        """Go on; whether it came to its end. Not that it is done: it may have been cancelled."""
        before, self.unread = self.unread, None
        try:
            result = self.work()
        except UnreadError as error:
            if error.reading == before:  # it was read just now, and would be read for ever
                self.fail(RuntimeError("a gap was read in vain"))
                return True
            self.unread = error.reading
            return False
        except BaseException as error:
            self.fail(error)
        else:
            # Only now it can't be cancelled any more.
            if self.future.set_running_or_notify_cancel():
                self.future.set_result(result)
        return True

    def fail(self, error: BaseException) -> None:
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)


class Passes:
    """Runs queries one after the other in a thread of its own, which begins with the first."""

    def __init__(self) -> None:
        self._waiting: list[_Query[Any]] = []  # in the order of arrival
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_over = False
        self._turns = itertools.count(1)
        self._served: dict[Hashable, int] = {}  # owner -> its latest turn
        self._ahead: dict[Hashable, Future[None]] = {}  # owner -> the gap that is read ahead

    def submit(
        self,
        suggester: Suggester,
        work: Callable[[], T],
        *,
        owner: Hashable,
        priority: int = URGENT,
        unread: Reading | None = None,
    ) -> Future[T]:
        """Queue work that looks up what the suggester's model said.

        Args:
            suggester: raises UnreadError where a gap was not read yet.
            work: may be begun several times; what it returns is the future's result.
            owner: on whose behalf, for fairness and for `drop`.
            priority: URGENT or LATER.
            unread: what it will need to have read, where that is known.

        Returns:
            Cancelling it drops the work, before it begins or between two passes. It fails with
            `ModelError` where the model does.
        """
        query = _Query(suggester, work, owner=owner, priority=priority, unread=unread)
        with self._changed:
            if self._is_over:
                query.future.cancel()
                return query.future
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="midword-passes", daemon=True
                )
                self._thread.start()
            self._waiting.append(query)
            self._changed.notify()
        return query.future

    def read_ahead(self, suggester: Suggester, cloze: Cloze, *, owner: Hashable) -> None:
        """Read a gap that an owner will probably ask about; it takes the place of the last one."""
        unread = suggester.unread(cloze)
        if unread is None:
            return
        if (previous := self._ahead.get(owner)) is not None:
            previous.cancel()
        future = self.submit(suggester, lambda: None, owner=owner, priority=LATER, unread=unread)
        future.add_done_callback(_report)
        self._ahead[owner] = future

    def drop(self, owner: Hashable) -> None:
        """Forget an owner and all that it waits for."""
        with self._changed:
            mine = [query for query in self._waiting if query.owner == owner]
            self._waiting = [query for query in self._waiting if query.owner != owner]
            self._served.pop(owner, None)
        self._ahead.pop(owner, None)
        for query in mine:
            query.future.cancel()

    def close(self) -> None:
        """End the thread, after the pass that it is in; what waits is cancelled."""
        with self._changed:
            self._is_over = True
            waiting, self._waiting = self._waiting, []
            self._changed.notify()
        for query in waiting:
            query.future.cancel()

    def _run(self) -> None:
        while (queries := self._next()) is not None:
            try:
                self._read(queries)
            except BaseException as error:  # of whatever kind, the thread is needed for the others
                for query in queries:
                    query.fail(error)
                continue
            unfinished = [query for query in queries if not query.proceed()]
            with self._changed:
                if not self._is_over:
                    self._waiting += unfinished
            # What they hold must not live until the next query.
            del queries, unfinished

    def _read(self, queries: Sequence[_Query[Any]]) -> None:
        """Read what queries of one suggester need, but for what was read since they came."""
        readings = queries[0].suggester.readings
        if readings is not None:
            needed = [query.unread for query in queries if query.unread is not None]
            if wanted := [reading for reading in needed if not readings.knows(reading)]:
                readings.read(wanted)

    def _next(self) -> list[_Query[Any]] | None:
        """The next query, with those that its pass serves too; None at the end."""
        with self._changed:
            while True:
                self._waiting = [query for query in self._waiting if not query.future.cancelled()]
                if self._is_over:
                    return None
                if self._waiting:
                    break
                self._changed.wait()
            # min takes the first of equals: the one that waits longest.
            first = min(self._waiting, key=lambda q: (q.priority, self._served.get(q.owner, 0)))
            chosen = self._sharing(first)
            turn = next(self._turns)
            for query in chosen:
                self._served[query.owner] = turn
            self._waiting = [query for query in self._waiting if query not in chosen]
            return chosen

    def _sharing(self, first: _Query[Any]) -> list[_Query[Any]]:
        """A query and others that its pass serves: the same gap, or a row beside it."""
        model = first.suggester.model
        if first.unread is None or first.unread.word is not None or model is None:
            return [first]
        chosen, gaps = [first], {first.unread.gap}
        # One row more costs a processor half a pass or more, a card nothing that is felt.
        worth = LATER if model.device in devices.CARDS else first.priority
        for query in sorted(self._waiting, key=lambda q: q.priority):
            if query is first or query.suggester is not first.suggester or query.unread is None:
                continue
            if query.unread.word is not None:
                continue
            fits = query.priority <= worth and len(gaps) < model.batch
            if fits or query.unread.gap in gaps:
                chosen.append(query)
                gaps.add(query.unread.gap)
        return chosen


def _report(future: Future[None]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        logger.warning("reading ahead failed: %s", outline(error))
