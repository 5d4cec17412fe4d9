"""The parts of the report's page as HTML: tables, numbers, charts, and the page around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

import plotly.graph_objects as go
from plotly.io import to_json
from plotly.offline import get_plotlyjs

# No request can leave the page, whatever stands in it: only what is inline may run or be shown.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)


def section(title: str, how_to_read: str, *parts: str) -> str:
    """Put parts (HTML) under a title and a sentence that says how to read them (texts)."""
    head = f"<h2>{escape(title)}</h2>"
    how = f'<p class="how">{escape(how_to_read)}</p>' if how_to_read else ""
    return f"<section>{head}{how}{''.join(parts)}</section>"


def numbers(pairs: Iterable[tuple[str, str]]) -> str:
    """Show (name, value) texts as a grid of figures."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs
    )
    return f'<dl class="numbers">{cells}</dl>'


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    words: Sequence[int] = (0,),
    long: Sequence[int] = (),
    row_classes: Sequence[str] = (),
    dots: bool = False,
) -> str:
    """Write a table of texts.

    Parameters
    ----------
    heads, rows : texts, escaped here.
    words : columns set flush left (the others hold numbers).
    long : columns whose text may break into lines.
    row_classes : one a row, ``total``, ``failed`` or "".
    dots : whether the first column names regimes, to be shown with their colour.
    """

    def css(column: int) -> str:
        classes = ["words"] * (column in words) + ["long"] * (column in long)
        return f' class="{" ".join(classes)}"' if classes else ""

    head = "".join(f"<th{css(column)}>{escape(text)}</th>" for column, text in enumerate(heads))
    body = []
    for place, row in enumerate(rows):
        kind = row_classes[place] if place < len(row_classes) else ""
        cells = []
        for column, text in enumerate(row):
            dot = f'<span class="dot {escape(text)}"></span>' if dots and column == 0 else ""
            cells.append(f"<td{css(column)}>{dot}{escape(text)}</td>")
        body.append(f"<tr{f' class={kind}' if kind else ''}>{''.join(cells)}</tr>")
    return (
        f'<div class="table"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def total_last(rows: Sequence[object]) -> list[str]:
    """Row classes of a table whose last row sums up the others."""
    return [""] * (len(rows) - 1) + ["total"]


def chart(figure: go.Figure, name: str, title: str = "") -> str:
    """Embed a figure; ``name`` is unique on the page, letters, digits and dashes."""
    data = to_json(figure, validate=False).replace("<", "\\u003c")  # cannot end the script element
    head = f"<h3>{escape(title)}</h3>" if title else ""
    height = int(figure.layout.height)
    return (
        f'<div>{head}<div class="plot" id="{name}" style="height:{height}px"></div>'
        f'<script type="application/json" id="{name}-data">{data}</script></div>'
    )


def small(text: str) -> str:
    """Write a side remark."""
    return f'<p class="small">{escape(text)}</p>'


def folded(summary: str, inner: str) -> str:
    """Fold HTML away behind a line of text."""
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>"


def page(title: str, under_title: str, *parts: str) -> str:
    """Write the whole page: one file, plotly.js inside, nothing loaded from elsewhere."""
    here = files("freqai_regimes.evaluation")
    css = here.joinpath("report.css").read_text(encoding="utf-8")
    script = here.joinpath("report.js").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{css}</style></head><body><main>"
        f"<header><h1>{escape(title)}</h1><p>{escape(under_title)}</p></header>"
        f"{''.join(parts)}</main><script>{get_plotlyjs()}</script><script>{script}</script>"
        "</body></html>\n"
    )
