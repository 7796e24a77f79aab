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
    from adelie_hf.sources import load_records

__all__ = ["__version__", "load_records", "scoring"]

# Name -> the module that it is an attribute of; the last is a module itself.
_LAZY = {"load_records": "adelie_hf.sources", "scoring": "adelie_hf"}

# A builder's class has one name (`adelie_hf.dataset_scripts...`) for every process that unpickles it.
if str(bundled.ROOT) not in __path__:
    __path__.append(str(bundled.ROOT))

plugin.install()


def __getattr__(name: str) -> object:
    if name in _LAZY:
        module = import_module(_LAZY[name])
        return import_module(f"adelie_hf.{name}") if module.__name__ == "adelie_hf" else getattr(module, name)
    raise AttributeError(f"module 'adelie_hf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
