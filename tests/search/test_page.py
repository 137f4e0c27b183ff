"""A page is one file with its pictures inside, and text on it is text."""

from __future__ import annotations

from pathlib import Path

from search.page import figure, heading, paragraph, table, write_page


def test_a_page_holds_all_there_is_to_see(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    parts = [
        heading("More & less"),
        paragraph("1 < 2"),
        figure([b"png"], "a <caption>"),
        table([("name", 0.123456), ("<b>", 3)], ("what", "how much")),
    ]
    write_page(path, "A <title>", parts, style="img { height: 5px }")
    text = path.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "<title>A &lt;title&gt;</title>" in text
    assert "<h2>More &amp; less</h2>" in text
    assert "1 &lt; 2" in text
    assert "data:image/png;base64,cG5n" in text
    assert "a &lt;caption&gt;" in text
    assert "<td>0.1235" in text
    assert "<td>&lt;b&gt;" in text
    assert "<th>how much" in text
    assert "img { height: 5px }" in text
