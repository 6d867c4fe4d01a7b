"""How the server fares: for `midword.status`, and for a client's status bar."""

from __future__ import annotations

import statistics
from typing import Any

from midword import __version__, system
from midword.engine.reader import Reader
from midword.lsp.session import Session
from midword.text.document import Document

NOTIFICATION = "midword/status"


def notify(session: Session, reader: Reader) -> None:
    """Tell a client that wants to know that a model's state changed."""
    if session.configuration.status_wanted:
        session.protocol.notify(NOTIFICATION, _summary(session, reader))


def report(session: Session, document: Document | None = None) -> dict[str, Any]:
    """Everything that a writer, or somebody who helps one, may want to know; no text."""
    readers = session.models.readers
    return {
        "version": __version__,
        **(_summary(session, readers[-1]) if readers else {"state": "loading", "model": None}),
        **(_of_document(session, document) if document is not None else {}),
        "memoryMegabytes": round(system.memory().now / 1e6, 1),
        "documents": len(session.documents),
        "remembers": session.remembering.is_on,
        "models": [model(reader) for reader in readers],
        "folders": [
            {
                "path": str(folder.root) if folder.root else None,
                "words": len(folder.memory),
                "indexedFiles": folder.indexed_files,
                "dictionaries": {s: str(p) for s, p in folder.dictionary_paths.items()},
            }
            for folder in session.folders
        ],
    }


def _of_document(session: Session, document: Document) -> dict[str, Any]:
    activity = session.activity
    return {"paused": activity.pause_of(document), "on": activity.where_on(document)}


def _summary(session: Session, reader: Reader) -> dict[str, Any]:
    model = reader.suggester.model if reader.suggester else None
    # A model that rests is loaded by the first question, and was never missed.
    fares = "ready" if reader.state == "resting" else reader.state
    state = "paused" if session.toggles.everywhere is False else fares
    summary: dict[str, Any] = {
        "state": state,
        "model": model.name if model else reader.choice.name or None,
        "runtime": model.runtime if model else None,
        "device": model.device if model else None,
        "latencyMs": _percentiles(reader),
    }
    if reader.problem:
        summary["message"] = reader.problem
    return summary


def model(reader: Reader) -> dict[str, Any]:
    """One model, for whoever asks how the server fares."""
    suggester = reader.suggester
    loaded = suggester.model if suggester else None
    counts = suggester.statistics if suggester else None
    return {
        "model": loaded.name if loaded else reader.choice.name or None,
        "state": reader.state,
        "runtime": loaded.runtime if loaded else None,
        "device": loaded.device if loaded else None,
        "loadSeconds": round(reader.seconds, 2) if reader.seconds is not None else None,
        "passes": suggester.readings.passes if suggester and suggester.readings else 0,
        "cache": {"hits": counts.hits, "misses": counts.misses} if counts else None,
        "latencyMs": _percentiles(reader),
        **({"message": reader.problem} if reader.problem else {}),
    }


def _percentiles(reader: Reader) -> dict[str, float] | None:
    """Milliseconds of the latest lists: the median, and what one in twenty exceeds."""
    latencies = list(reader.suggester.statistics.latencies) if reader.suggester else []
    if len(latencies) < 2:
        return None
    cuts = statistics.quantiles(latencies, n=20, method="inclusive")
    return {"p50": round(1000 * cuts[9], 2), "p95": round(1000 * cuts[18], 2)}
