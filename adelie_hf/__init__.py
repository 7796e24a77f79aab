"""Information-extraction alignment for Hugging Face.

Importing it makes `load_dataset("adelie_hf/ieinstruct")`, `evaluate.load("ie_f1")` and their like resolve.
It loads neither torch, datasets nor evaluate: what needs them is loaded when it is used.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adelie_hf import scoring
    from adelie_hf.sources import load_records

__version__ = "0.1.0"
__all__ = ["load_records", "scoring"]

# A wheel holds dataset_scripts, metrics and recipes inside the package, a checkout beside it. Either way they are
# importable below adelie_hf, so a builder's class has one name for every process that unpickles it.
if not os.path.isdir(os.path.join(__path__[0], "dataset_scripts")):
    __path__.append(os.path.dirname(__path__[0]))

if os.environ.get("ADELIE_HF_HOOKS") != "0":
    from adelie_hf.plugin import install

    install()


def __getattr__(name: str) -> Any:
    if name == "load_records":
        return import_module("adelie_hf.sources").load_records
    if name == "scoring":
        return import_module("adelie_hf.scoring")
    raise AttributeError(f"module 'adelie_hf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
