"""Information-extraction alignment for Hugging Face.

Importing it makes `load_dataset("adelie_hf/ieinstruct")`, `evaluate.load("ie_f1")` and their like resolve.
It loads neither torch, datasets nor evaluate: what needs them is loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from adelie_hf import bundled, plugin
from adelie_hf._version import __version__

if TYPE_CHECKING:
    from adelie_hf import scoring
    from adelie_hf.api import build_iefeedback, build_ieinstruct
    from adelie_hf.extraction import ExtractionSchema, Extractor, load_schema, schema_of
    from adelie_hf.loop import align
    from adelie_hf.sources import load_records
    from adelie_hf.training import merge_adapter

__all__ = [
    "ExtractionSchema",
    "Extractor",
    "__version__",
    "align",
    "build_iefeedback",
    "build_ieinstruct",
    "load_records",
    "load_schema",
    "merge_adapter",
    "schema_of",
    "scoring",
]

# Name -> the module that defines it; imported on first use.
_LAZY = {
    "ExtractionSchema": "adelie_hf.extraction",
    "Extractor": "adelie_hf.extraction",
    "align": "adelie_hf.loop",
    "build_iefeedback": "adelie_hf.api",
    "build_ieinstruct": "adelie_hf.api",
    "load_records": "adelie_hf.sources",
    "load_schema": "adelie_hf.extraction",
    "merge_adapter": "adelie_hf.training",
    "schema_of": "adelie_hf.extraction",
}

# A builder's class has one name (`adelie_hf.dataset_scripts...`) for every process that unpickles it.
if str(bundled.ROOT) not in __path__:
    __path__.append(str(bundled.ROOT))

plugin.install()


def __getattr__(name: str) -> object:
    if name == "scoring":
        return import_module("adelie_hf.scoring")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'adelie_hf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
