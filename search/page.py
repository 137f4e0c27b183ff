"""A page for people: one HTML file with its pictures inside, written whole or not at all."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path

from search.whole_file import write_whole

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
figure { display: inline-block; margin: 0.4rem 0.8rem 0.4rem 0 } figcaption { font-size: 0.8rem; color: #555 }
img { max-width: 100% } td, th { padding: 0.1rem 1.5rem 0.1rem 0; text-align: left }
"""


def write_page(path: Path, title: str, parts: Iterable[str], *, style: str = "") -> None:
    """Write the page of some HTML under a title; `style` is added to the house's. OSError if it cannot be written."""
    name = html.escape(title)
    head = f"<!doctype html>\n<meta charset=utf-8>\n<title>{name}</title>\n<style>{_STYLE}{style}</style>"
    write_whole(path, "\n".join([head, f"<h1>{name}</h1>", *parts]) + "\n")


def heading(text: str) -> str:
    """The heading of a section."""
    return f"<h2>{html.escape(text)}</h2>"


def paragraph(text: str) -> str:
    """Text of a person or a program."""
    return f"<p>{html.escape(text)}</p>"


def preformatted(text: str) -> str:
    """Lines as they are."""
    return f"<pre>{html.escape(text)}</pre>"


def figure(pictures: Sequence[bytes], caption: str = "") -> str:
    """Pictures (PNG files) next to each other, with a caption below."""
    sources = "".join(f'<img src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in pictures)
    return f"<figure>{sources}<figcaption>{html.escape(caption)}</figcaption></figure>"


def table(rows: Iterable[Sequence[object]], headings: Sequence[str] = ()) -> str:
    """Cells in rows; numbers that are not whole with four digits."""
    lines = ["<tr>" + "".join(f"<th>{html.escape(one)}" for one in headings)] if headings else []
    for row in rows:
        cells = (f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row)
        lines.append("<tr>" + "".join(f"<td>{html.escape(cell)}" for cell in cells))
    return f"<table>{''.join(lines)}</table>"
