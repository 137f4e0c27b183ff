"""A page that shows what was learnt: one HTML file, with its pictures inside."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from latplan.action_model import Bits
from latplan.learning import split
from latplan.model import Model
from latplan.pairs import Pairs
from latplan.picture import Picture
from latplan.quality import Successors
from search.whole_file import write_whole

#: How many of each the page shows at most, and the height of a picture on it.
_RESTORED, _ACTIONS, _BITS, _HEIGHT = 12, 40, 120, 96
#: States by which the effect of a bit is averaged.
_STATES = 100

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
img { image-rendering: pixelated; height: %dpx; margin: 0 2px; border: 1px solid #bbb }
figure { display: inline-block; margin: 0.4rem 0.8rem 0.4rem 0 } figcaption { font-size: 0.8rem; color: #555 }
td { padding: 0.1rem 1.5rem 0.1rem 0 }
"""


def write_report(model: Model, pairs: Pairs, title: str, path: Path) -> None:
    """Write the page of a model and the pairs that it was learnt from; OSError if it cannot be written."""
    order, held_out = split(len(pairs.before), model.facts["settings"]["seed"])
    unseen = order[:held_out]
    shown = Pairs(pairs.before[unseen], pairs.after[unseen])
    before, after = (model.bits(pictures) for pictures in shown)
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(verdict(model))}</p>",
        _numbers(model),
        "<h2>Pictures that were not learnt from, and what their bits give back</h2>",
        *_restored(model, shown.before, before),
        "<h2>What the actions do</h2>",
        "<p>Before, after, and after as the model foretells it; the most frequent actions first.</p>",
        *_actions(model, shown, before, after),
        "<h2>What the bits see</h2>",
        "<p>How a picture changes when a bit is set: red becomes lighter, blue darker.</p>",
        *_bits(model, before),
    ]
    page = (
        f"<!doctype html>\n<meta charset=utf-8>\n<title>{html.escape(title)}</title>\n<style>{_STYLE % _HEIGHT}</style>"
    )
    write_whole(path, "\n".join([page, *parts]) + "\n")


def verdict(model: Model) -> str:
    """What a person should think of the model, in a sentence or two."""
    facts = model.facts
    explained = facts["explained"]
    told = (
        f"{facts['bits']} bits and {facts['actions']} actions explain {explained:.1%} of {facts['held out']} moves "
        f"that were not learnt from; a state has {facts['branching']:.1f} successors on average."
    )
    if explained >= 0.98:
        return f"{told} Plans will nearly always be right."
    if explained >= 0.9:
        return f"{told} Most plans will be right; more pairs, or another --seed, may do better."
    return (
        f"{told} Many plans will be wrong or not be found; more pairs, or pictures in which less varies by itself, "
        "may help."
    )


def _numbers(model: Model) -> str:
    rows = ((name, value) for name, value in model.facts.items() if name != "settings")
    cells = (
        f"<tr><td>{html.escape(name)}<td>{f'{value:.4g}' if isinstance(value, float) else value}"
        for name, value in rows
    )
    return f"<table>{''.join(cells)}</table>"


def _restored(model: Model, pictures: Picture, bits: Bits) -> Iterable[str]:
    back = model.pictures(bits[:_RESTORED])
    for picture, restored in zip(pictures[:_RESTORED], back, strict=True):
        yield _figure([picture, restored], "")


def _actions(model: Model, shown: Pairs, before: Bits, after: Bits) -> Iterable[str]:
    """One example each, of those that explain most."""
    explains = Successors(model.task).explain(before, after)
    names, first, count = np.unique(explains[explains >= 0], return_index=True, return_counts=True)
    where = np.flatnonzero(explains >= 0)[first]
    for place in np.argsort(-count, kind="stable")[:_ACTIONS]:
        action, example = model.task.actions[names[place]], where[place]
        foretold = model.frames([action.apply(frozenset(np.flatnonzero(before[example]).tolist()))])[0]
        yield _figure(
            [shown.before[example], shown.after[example], foretold],
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
        yield _figure([np.rint(255 * colours).astype(np.uint8)], f"bit {bit}, set in {states[:, bit].mean():.0%}")


def _figure(pictures: Sequence[Picture], caption: str) -> str:
    sources = "".join(f'<img src="data:image/png;base64,{_png(picture)}">' for picture in pictures)
    return f"<figure>{sources}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _png(picture: Picture) -> str:
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
