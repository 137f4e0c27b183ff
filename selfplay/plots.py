"""Plots as PNG files, all of one make."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

#: The points of a line: x and y.
Line: TypeAlias = tuple[Sequence[float], Sequence[float]]


def line_plot(
    lines: Mapping[str, Line],
    *,
    x: str,
    y: str,
    title: str = "",
    spreads: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float]]] | None = None,
    y_range: tuple[float, float] | None = None,
) -> bytes:
    """Lines by name over one axis; `spreads`: x, lower and upper edge of a band beneath the line of the same name."""
    from matplotlib.figure import Figure

    # Without pyplot there is no window system, and nothing global to close.
    figure = Figure(figsize=(6.4, 3.8), dpi=100, layout="constrained")
    axes: Any = figure.subplots()
    for name, (across, up) in lines.items():
        drawn = axes.plot(across, up, label=name, marker="." if len(across) < 40 else None)
        if spreads and name in spreads:
            axes.fill_between(*spreads[name], color=drawn[0].get_color(), alpha=0.2, linewidth=0)
    axes.set(xlabel=x, ylabel=y, title=title)
    if y_range is not None:
        axes.set_ylim(*y_range)
    axes.grid(alpha=0.3)
    if len(lines) > 1:
        axes.legend(frameon=False)
    return _png(figure)


def stacked_plot(
    x_values: Sequence[float], shares: Mapping[str, Sequence[float]], *, x: str, y: str, title: str = ""
) -> bytes:
    """Shares by name that add up to 1, one on top of the other."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.8), dpi=100, layout="constrained")
    axes: Any = figure.subplots()
    axes.stackplot(x_values, *shares.values(), labels=list(shares))
    axes.set(xlabel=x, ylabel=y, title=title, ylim=(0, 1))
    axes.margins(x=0)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return _png(figure)


def _png(figure: Any) -> bytes:
    file = io.BytesIO()
    # No date and no version in the file: equal plots are equal bytes.
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()
