"""The catalogue of sources: every module of `corpora` and `user` that defines `SOURCE`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from adelie_hf.errors import InputError
from adelie_hf.sources import corpora, user
from adelie_hf.sources.source import Source


@cache
def all_sources() -> dict[str, Source]:
    """Return all sources by name, in alphabetical order."""
    modules = [
        import_module(f"{package.__name__}.{module.name}")
        for package in (corpora, user)
        for module in iter_modules(package.__path__)
    ]
    sources: list[Source] = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    return {source.name: source for source in sorted(sources, key=lambda source: source.name)}


def get_source(name: str, hint: str = "") -> Source:
    """Return the source with this name. Raises InputError for an unknown name; the hint ends the message."""
    try:
        return all_sources()[name]
    except KeyError:
        raise InputError(f"unknown source {name!r}; the sources are {', '.join(all_sources())}{hint}") from None
