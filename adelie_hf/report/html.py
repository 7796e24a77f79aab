"""One self-contained HTML page: the head, tables, bars and marked texts that all our pages are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bar: #4477aa; --mark: #ffd54f66;
  --user: #4477aa22; --own: #22883322; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; margin: 1rem 0; } th { text-align: left; font-weight: 600; }
td, th { padding: .15rem .9rem .15rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.bar { width: 18rem; } td.bar i { display: block; height: .8rem; margin-top: .3rem; background: var(--bar); }
details { margin: .4rem 0; } summary { cursor: pointer; }
.turn { white-space: pre-wrap; overflow-wrap: anywhere; padding: .5rem .8rem; margin: .4rem 0; border-radius: .4rem; }
.user, .system { background: var(--user); } .assistant { background: var(--own); }
.turn b { display: block; font-size: .75rem; opacity: .7; }
mark { background: var(--mark); color: inherit; border-radius: .2rem; }
.said { opacity: .7; font-size: .85rem; }
"""


def page(title: str, *parts: str) -> str:
    """A whole page. `parts` are HTML."""
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n<h1>{escape(title)}</h1>\n'
        + "\n".join(parts)
        + "\n</html>\n"
    )


def section(title: str, *parts: str) -> str:
    """A heading and what belongs to it. `parts` are HTML."""
    return f"<h2>{escape(title)}</h2>\n" + "\n".join(parts)


def table(header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> str:
    """A table; numbers stand on the right."""
    head = "".join(f"<th>{escape(cell)}" for cell in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}\n" for row in rows)
    return f"<table><tr>{head}\n{body}</table>"


def bars(counts: Mapping[str, int], what: str) -> str:
    """A table of counts with a bar each, and their shares of the whole."""
    most, total = max(counts.values(), default=0), sum(counts.values())
    rows = "".join(
        f"<tr><td>{escape(name)}{_cell(count)}{_cell(f'{count / total:.1%}')}"
        f'<td class="bar"><i style="width:{100 * count / most:.2f}%"></i>\n'
        for name, count in counts.items()
        if most
    )
    return f"<table><tr><th>{escape(what)}<th>rows<th>share<th>\n{rows}</table>"


def _cell(value: str | int | float) -> str:
    if isinstance(value, str):
        return f"<td>{escape(value)}"
    return f'<td class="number">{value:,}' if isinstance(value, int) else f'<td class="number">{value:.3f}'


def turn(role: str, content: str, marks: Mapping[str, str] | None = None) -> str:
    """A message of a chat; `marks` are stretches to highlight, with what is said of them."""
    return f'<div class="turn {escape(role)}"><b>{escape(role)}</b>{marked(content, marks or {})}</div>'


def marked(text: str, marks: Mapping[str, str]) -> str:
    """A text as HTML with the longest marks that fit highlighted, each where it stands as whole words."""
    known = sorted(filter(str.strip, marks), key=len, reverse=True)
    if not known:
        return escape(text)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(mark)}(?!\w)" for mark in known))
    html, at = "", 0
    for found in pattern.finditer(text):
        said = escape(marks[found[0]], quote=True)
        html += f'{escape(text[at : found.start()])}<mark title="{said}">{escape(found[0])}</mark>'
        at = found.end()
    return html + escape(text[at:])
