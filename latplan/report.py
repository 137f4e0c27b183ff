"""A page that shows what was learnt: one HTML file, with its pictures inside."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from latplan.learning import MOST_OVERDUE, split
from latplan.model import Model
from latplan.pairs import Pairs
from latplan.picture import Picture
from latplan.problem import Bits
from latplan.quality import Successors
from search.page import figure, heading, paragraph, table, write_page

#: How many of each the page shows at most, and the height of a picture on it.
_RESTORED, _ACTIONS, _BITS, _HEIGHT = 12, 40, 120, 96
#: States by which the effect of a bit is averaged.
_STATES = 100

_STYLE = f"img {{ image-rendering: pixelated; height: {_HEIGHT}px; margin: 0 2px; border: 1px solid #bbb }}"


def write_report(model: Model, pairs: Pairs, title: str, path: Path) -> None:
    """Write the page of a model and the pairs that it was learnt from; OSError if it cannot be written."""
    unseen = split(pairs, model.facts["settings"]["seed"]).reporting
    shown = Pairs(pairs.before[unseen], pairs.after[unseen])
    before, after = (model.bits(pictures) for pictures in shown)
    parts = [
        paragraph(verdict(model)),
        table((name, value) for name, value in model.facts.items() if name != "settings"),
        heading("Pictures that were not learnt from, and what their bits give back"),
        *_restored(model, shown.before, before),
        heading("What the actions do"),
        paragraph("Before, after, and after as the model foretells it; the most frequent actions first."),
        *_actions(model, shown, before, after),
        heading("What the bits see"),
        paragraph("How a picture changes when a bit is set: red becomes lighter, blue darker."),
        *_bits(model, before),
    ]
    write_page(path, title, parts, style=_STYLE)


def verdict(model: Model) -> str:
    """What a person should think of the model, in a sentence or two."""
    facts = model.facts
    explained = facts["explained"]
    told = (
        f"{facts['bits']} bits and {facts['actions']} actions explain {explained:.1%} of {facts['held out']} moves "
        f"that were not learnt from; a state has {facts['branching']:.1f} successors on average."
    )
    still = facts.get("pairs of equal pictures", 0.0)
    if still:
        told += f" {still:.1%} of the pairs were left out: their pictures are equal, and show no move."
    overdue = facts.get("overdue", 0.0)
    if explained >= 0.9 and overdue > MOST_OVERDUE:
        return (
            f"{told} But {overdue:.1%} of the moves that should have come never did, so some states look alike to the "
            "actions: long plans may be wrong; another --seed may do better."
        )
    if explained >= 0.98:
        return f"{told} Plans will nearly always be right."
    if explained >= 0.9:
        return f"{told} Most plans will be right; more pairs, or another --seed, may do better."
    return (
        f"{told} Many plans will be wrong or not be found; more pairs, or pictures in which less varies by itself, "
        "may help."
    )


def _restored(model: Model, pictures: Picture, bits: Bits) -> Iterable[str]:
    back = model.pictures(bits[:_RESTORED])
    for picture, restored in zip(pictures[:_RESTORED], back, strict=True):
        yield figure([_png(picture), _png(restored)])


def _actions(model: Model, shown: Pairs, before: Bits, after: Bits) -> Iterable[str]:
    """One example each, of those that explain most."""
    explains = Successors(model.task).explain(before, after)
    names, first, count = np.unique(explains[explains >= 0], return_index=True, return_counts=True)
    where = np.flatnonzero(explains >= 0)[first]
    for place in np.argsort(-count, kind="stable")[:_ACTIONS]:
        action, example = model.task.actions[names[place]], where[place]
        foretold = model.frames([action.apply(frozenset(np.flatnonzero(before[example]).tolist()))])[0]
        yield figure(
            [_png(picture) for picture in (shown.before[example], shown.after[example], foretold)],
            f"{action.name}: {len(action.positive) + len(action.negative)} bits asked, "
            f"{len(action.add) + len(action.delete)} changed, {count[place]} moves",
        )


def _bits(model: Model, states: Bits) -> Iterable[str]:
    """The mean difference that each bit makes."""
    some = states[:_STATES]
    for bit in range(min(model.task.bits, _BITS)):
        clear, is_set = some.copy(), some.copy()
        clear[:, bit], is_set[:, bit] = False, True
        change = model.pictures(is_set).astype(np.float32).mean(0) - model.pictures(clear).astype(np.float32).mean(0)
        if change.ndim == 3:
            change = change.mean(-1)
        strength = change / max(float(np.abs(change).max()), 1.0)
        lighter, darker = strength.clip(0, 1), (-strength).clip(0, 1)
        colours = np.stack([1 - darker, 1 - darker - lighter, 1 - lighter], -1)
        yield figure([_png(np.rint(255 * colours).astype(np.uint8))], f"bit {bit}, set in {states[:, bit].mean():.0%}")


def _png(picture: Picture) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()
