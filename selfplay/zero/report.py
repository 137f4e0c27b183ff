"""The page of a run of self-play: what it was, how it went, and what it plays."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from search.page import figure, heading, paragraph, preformatted, table, write_page
from selfplay.plots import line_plot, stacked_plot
from selfplay.zero.config import Progress
from selfplay.zero.display import elo_so_far

if TYPE_CHECKING:
    from selfplay.zero.run import ZeroRun

#: First moves that are told apart.
_OPENINGS = 8


def write_training_report(run: ZeroRun) -> Path:
    """Write `report.html` into the folder of a run and return its path; OSError if it cannot be written."""
    history, config = run.history, run.config
    parts = []
    if not history:
        parts.append(paragraph("Nothing was played yet."))
    else:
        last = history[-1]
        parts += [
            paragraph(
                f"{last.iteration} iterations, {last.games:,} games, {last.positions:,} positions, "
                f"{last.seconds / 60:.1f} minutes: {last.positions / max(last.seconds, 1e-9):,.0f} positions a second."
            ),
            *_plots(history),
        ]
    sample = next((path for path in (run.folder / "games.pgn", run.folder / "games.txt") if path.exists()), None)
    if sample is not None:
        parts += [heading("Some of the last games"), preformatted(sample.read_text("utf-8")[:4_000])]
    sizes = [
        ("seed", config.seed),
        ("search", config.play.options.selection),
        ("simulations", config.play.simulations),
        ("network", f"{config.blocks} blocks of {config.channels} channels"),
        ("numbers", f"{run.learner.network.parameter_count:,}"),
        ("gate", config.gate.gate),
    ]
    parts += [heading("How it was made"), table(sizes), paragraph("All of it is in config.json.")]
    path = run.folder / "report.html"
    write_page(path, f"{run.game.name}: learning by playing", parts)
    return path


def _plots(history: list[Progress]) -> list[str]:
    each = [float(one.iteration) for one in history]
    losses = {
        "policy": (each, [one.policy_loss for one in history]),
        "value": (each, [one.value_loss for one in history]),
    }
    plots = [line_plot(losses, x="iteration", y="nats", title="Loss")]
    measured = [one for one in history if one.elo is not None]
    if elo_so_far(history) is not None:
        elo = ([0.0, *(float(one.iteration) for one in measured)], [0.0, *(one.elo or 0.0 for one in measured)])
        plots.append(line_plot({"Elo": elo}, x="iteration", y="Elo against the first network", title="Elo"))
    names = [name for name in history[-1].measures if name != "states"]
    if names:
        known = [one for one in history if one.measures]
        lines = {
            name: ([float(one.iteration) for one in known], [one.measures[name] for one in known]) for name in names
        }
        plots.append(
            line_plot(lines, x="iteration", y="share of positions", title="Against the solved game", y_range=(0, 1.02))
        )
    points = {"first wins": (each, [one.first_wins for one in history])}
    plots.append(
        line_plot(points, x="iteration", y="share of games", title="Points of the first to move", y_range=(0, 1))
    )
    plies = {"plies": (each, [one.plies for one in history])}
    plots.append(line_plot(plies, x="iteration", y="plies", title="Length of games"))
    openings = _openings(history)
    if openings:
        plots.append(stacked_plot(each, openings, x="iteration", y="share of games", title="First moves"))
    return [figure([plot]) for plot in plots]


def _openings(history: list[Progress]) -> dict[str, list[float]]:
    """The share of each of the most frequent first moves, by iteration."""
    total: Counter[str] = Counter()
    for one in history:
        total.update(one.first_moves)
    names = [name for name, _ in total.most_common(_OPENINGS)]
    shares: dict[str, list[float]] = {name: [] for name in names}
    others = []
    for one in history:
        games = max(sum(one.first_moves.values()), 1)
        for name in names:
            shares[name].append(one.first_moves.get(name, 0) / games)
        others.append(1 - sum(shares[name][-1] for name in names))
    return {**shares, "others": others} if len(total) > len(names) else shares
