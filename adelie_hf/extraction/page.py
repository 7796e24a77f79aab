"""Results as one page of HTML: the mentions marked in the texts, relations and events below them.

The page needs no network: its style and its script are part of it, and a content security policy forbids all others.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from adelie_hf.errors import InputError
from adelie_hf.extraction.marking import DEEPEST, shown
from adelie_hf.extraction.page_views import views_of
from adelie_hf.extraction.results import Result

if TYPE_CHECKING:
    import jinja2


class Colour(NamedTuple):
    """The colour of a type: `ink` for borders and labels, `tint` behind the text; each on light and on dark paper."""

    ink: str
    tint: str
    dark_ink: str
    dark_tint: str


LIGHT, DARK = "#ffffff", "#14161a"  # paper
LIGHT_TEXT, DARK_TEXT = "#1b1d21", "#f0f1f3"

# Twelve inks that differ as much as the contrast allows.
_INKS = (
    ("#1463dc", "#02a9f7"),
    ("#c51d28", "#fa969f"),
    ("#135d1d", "#62b811"),
    ("#b104ab", "#f584fd"),
    ("#896335", "#f2a618"),
    ("#003f60", "#17b6a8"),
    ("#6e21d2", "#ddc4fc"),
    ("#592d08", "#fde1a7"),
    ("#615486", "#b3bba6"),
    ("#891151", "#e1f32a"),
    ("#0700b4", "#5fe6fc"),
    ("#4f147b", "#35f695"),
)


def palette() -> list[Colour]:
    """Return the colours of the types, in the order of the legend."""
    return [Colour(ink, _mixed(ink, LIGHT, 0.13), dark, _mixed(dark, DARK, 0.25)) for ink, dark in _INKS]


def _mixed(ink: str, paper: str, share: float) -> str:
    channels = (
        round(share * int(ink[at : at + 2], 16) + (1 - share) * int(paper[at : at + 2], 16)) for at in (1, 3, 5)
    )
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def result_page(results: Sequence[Result], title: str = "Extraction") -> str:
    """Return one HTML page that shows results; it needs no network and holds any text.

    Args:
        title: the heading of the page.

    >>> result_page([]).startswith("<!doctype html>")
    True
    """
    views, legend = views_of(results)
    style, script = page_style(palette()), _templates().get_template("page.js").render()
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
            title=shown(title),
            style=style,
            script=script,
            policy=content_policy(style, script),
            kinds=legend,
            views=views,
            deepest=DEEPEST,
            statuses=Counter(result.status for result in results),
            items=sum(map(len, results)),
            missing=sum(len(view.missing) for view in views),
            fuzzy=any(
                mention.match == "fuzzy" for result in results for item in result for _, mention in item.mentions
            ),
        )
    )


def page_style(colours: Sequence[Colour]) -> str:
    """Return the style of a page with marked texts: marks and rows of the kind N have colour N."""
    return (
        _templates()
        .get_template("page.css.j2")
        .render(palette=colours, papers=((LIGHT, LIGHT_TEXT), (DARK, DARK_TEXT)), deepest=DEEPEST)
    )


def marks_script() -> str:
    """Return the script of a page with marked texts: what its marks and rows do by keyboard and pointer."""
    return _templates().get_template("marks.js").render()


def content_policy(style: str, script: str) -> str:
    """Return a content security policy that allows one inline style and one inline script, and nothing else."""
    return f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}"


def result_frame(results: Sequence[Result], title: str = "Extraction") -> str:
    """Return the page as an `iframe` for a notebook or another page: neither's style reaches the other."""
    lines = sum(8 + len(result.text) // 80 + 2 * len(result) for result in results)
    return Markup(
        '<iframe title="{}" srcdoc="{}" sandbox="allow-scripts" loading="lazy" '
        'style="width: 100%; height: {}px; border: 1px solid #8888; border-radius: 6px; resize: vertical"></iframe>'
    ).format(shown(title), result_page(results, title), min(max(28 * lines, 320), 720))


def show(results: Result | Sequence[Result]) -> None:
    """Display results in a notebook.

    Raises:
        InputError: without IPython, which a notebook has.
    """
    try:
        from IPython.display import display
    except ImportError:
        raise InputError("only a notebook can show results; `result_page` returns them as a page of HTML") from None
    display(_Shown(result_frame([results] if isinstance(results, Result) else results)))


class _Shown:
    """HTML for a notebook. (IPython's own class warns of every `iframe`.)"""

    def __init__(self, html: str):
        self.html = html

    def _repr_html_(self) -> str:
        return self.html


def _digest(content: str) -> str:
    """Return the source expression by which a content security policy allows an inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@cache
def _templates() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("adelie_hf.extraction"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    return environment
