"""Pictures of a run, as SVG and PNG: its learning curve, and typing before and after."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from midword.own_folders import cache_folder
from midword_training.evaluation.comparison import Line

_BLUE, _ORANGE, _GREY = "#2a6f97", "#e07a3f", "#8d99a6"
_SMOOTH = 0.98  # of the running mean that the curve of single updates is drawn as


def _figure(width: float, height: float) -> tuple[Any, Any]:
    # Its list of fonts goes where Midword's own files are, unless the writer has a place for it.
    os.environ.setdefault("MPLCONFIGDIR", str(cache_folder() / "matplotlib"))
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(width, height), layout="constrained")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Any, folder: Path, name: str) -> list[str]:
    from matplotlib import pyplot, rc_context

    with rc_context({"svg.hashsalt": "midword"}):  # the same picture is the same file
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
        figure.savefig(folder / f"{name}.png", dpi=120)
    pyplot.close(figure)
    return [f"{name}.svg", f"{name}.png"]


def learning_curve(
    folder: Path,
    curve: Sequence[tuple[int, float]],
    validation: Sequence[tuple[int, float]],
) -> list[str]:
    """Write `learning-curve.{svg,png}`: losses over updates; returns the files' names.

    `curve` and `validation` are pairs of an update and the loss there.
    """
    figure, axes = _figure(6.4, 3.6)
    smooth: list[float] = []
    weight = 0.0
    mean = 0.0
    for _, loss in curve:
        mean, weight = _SMOOTH * mean + (1 - _SMOOTH) * loss, _SMOOTH * weight + 1 - _SMOOTH
        smooth.append(mean / weight)
    steps = [step for step, _ in curve]
    axes.plot(steps, [loss for _, loss in curve], color=_GREY, alpha=0.35, linewidth=0.8)
    axes.plot(steps, smooth, color=_BLUE, label="training (smoothed)")
    if validation:
        axes.plot(*zip(*validation, strict=True), "o-", color=_ORANGE, label="validation")
    axes.set_xlabel("updates")
    axes.set_ylabel("loss (nats per masked token)")
    axes.legend(frameon=False)
    return _save(figure, folder, "learning-curve")


def before_after(folder: Path, lines: Sequence[Line]) -> list[str]:
    """Write `before-after.{svg,png}`: keystrokes saved, with their intervals and the gain.

    Points on an axis about them: bars from nothing would hide a gain of three in seventy.
    """
    figure, axes = _figure(max(4.8, 1.6 * len(lines) + 1.5), 3.6)
    before = [(line.before, line.before_interval) for line in lines]
    after = [(line.after, line.after_interval) for line in lines]
    for when, points, colour, shift in (
        ("before", before, _GREY, -0.1),
        ("after", after, _BLUE, 0.1),
    ):
        places = [group + shift for group in range(len(lines))]
        values, edges = zip(*points, strict=True)
        below = [value - low for value, (low, _) in zip(values, edges, strict=True)]
        above = [high - value for value, (_, high) in zip(values, edges, strict=True)]
        axes.errorbar(places, values, [below, above], fmt="o", color=colour, capsize=4, label=when)
        for place, value in zip(places, values, strict=True):
            axes.annotate(
                f"{value:.1f}",
                (place, value),
                textcoords="offset points",
                xytext=(8 if shift > 0 else -8, 0),
                ha="left" if shift > 0 else "right",
                va="center",
                fontsize=8,
            )
    names = [
        f"{line.name.rpartition(' ')[2]}\n{line.difference:+.1f} "
        f"({line.low:+.1f} to {line.high:+.1f})"
        for line in lines
    ]
    axes.set_xticks(range(len(lines)), names)
    axes.set_xlim(-0.6, len(lines) - 0.4)
    axes.set_ylabel("keystrokes saved, lists of 5 (%)")
    axes.legend(frameon=False, fontsize=8)
    return _save(figure, folder, "before-after")


def bars(
    folder: Path,
    name: str,
    groups: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    ylabel: str,
    intervals: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> list[str]:
    """Write `name.{svg,png}`: one bar per series in each group, with its interval."""
    figure, axes = _figure(max(4.8, 1.6 * len(groups) + 1.5), 3.6)
    width = 0.8 / max(1, len(series))
    colours = [_GREY, _BLUE, _ORANGE, "#5a9367", "#9a5b9a", "#c2a83e"]
    for i, (label, values) in enumerate(series.items()):
        places = [group + (i - (len(series) - 1) / 2) * width for group in range(len(groups))]
        drawn = axes.bar(places, values, width * 0.92, label=label, color=colours[i % len(colours)])
        axes.bar_label(drawn, fmt="%.1f", fontsize=8, padding=2)
        if intervals and label in intervals:
            below = [v - low for v, (low, _) in zip(values, intervals[label], strict=True)]
            above = [high - v for v, (_, high) in zip(values, intervals[label], strict=True)]
            axes.errorbar(places, values, [below, above], fmt="none", ecolor="#333", linewidth=0.8)
    axes.set_xticks(range(len(groups)), groups)
    axes.set_ylabel(ylabel)
    axes.legend(frameon=False, fontsize=8)
    return _save(figure, folder, name)
