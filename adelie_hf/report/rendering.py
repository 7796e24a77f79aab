"""The Jinja2 templates of the reports."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from adelie_hf.report.markdown import cell, markdown_table

if TYPE_CHECKING:
    import jinja2


def render(template: str, **variables: object) -> str:
    """Return a template of `templates/` with its variables filled in.

    Values are escaped in templates of HTML; those of Markdown use the filters `cell` and `markdown_table`. A variable
    that a template names and that is not given is an error.
    """
    return _environment().get_template(template).render(variables)


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # on first use: most of the library never makes a report

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("adelie_hf.report"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.j2",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(cell=cell, markdown_table=markdown_table)
    return environment
