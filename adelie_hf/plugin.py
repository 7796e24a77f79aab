"""The library's names in `datasets` and `evaluate`.

Neither library has a registry for names, so the one function of each that turns a name into a module is wrapped
when the library is imported, or at once if it is already there. A name that is not ours goes through untouched.
`ADELIE_HF_HOOKS=0` in the environment leaves both libraries alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from wrapt import when_imported, wrap_function_wrapper

from adelie_hf._version import __version__
from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError

DATASETS = ("adelie_hf/ieinstruct", "adelie_hf/iefeedback", "adelie_hf/records")

# No row or score depends on these; any other file of the library may change one.
_WITHOUT_INFLUENCE = {
    "align",
    "build",
    "cli",
    "dataset_scripts",
    "evaluation",
    "hub",
    "metrics",
    "plugin",
    "recipes",
    "report",
    "training",
}
_first_digests: dict[tuple[str, ...], str] = {}


def install() -> None:
    """Set the hooks, unless `ADELIE_HF_HOOKS=0`.

    The second module of each pair holds a copy of the first one's function.
    """
    if os.environ.get("ADELIE_HF_HOOKS") == "0":
        return
    for module in ("datasets.load", "datasets.inspect"):
        _when_imported(module, "dataset_module_factory", _dataset_module)
    for module in ("evaluate.loading", "evaluate.inspect"):
        _when_imported(module, "evaluation_module_factory", _metric_module)


def metrics() -> tuple[str, ...]:
    """The names of the bundled metrics: the folders that hold a module of the same name."""
    folders = bundled("metrics").iterdir()
    return tuple(sorted(folder.name for folder in folders if (folder / f"{folder.name}.py").is_file()))


def _when_imported(module: str, function: str, wrapper: Callable[..., Any]) -> None:
    def wrap(imported: ModuleType) -> None:
        if getattr(getattr(imported, function), "_self_wrapper", None) is not wrapper:
            wrap_function_wrapper(imported, function, wrapper)

    when_imported(module)(wrap)


def _dataset_module(wrapped: Callable[..., Any], instance: None, args: tuple, kwargs: dict[str, Any]) -> Any:
    path = args[0] if args else kwargs.get("path")
    if path not in DATASETS:
        return wrapped(*args, **kwargs)
    asked = signature(wrapped).bind(*args, **kwargs).arguments
    _refuse_revision(path, asked)
    if asked.get("data_files"):
        raise InputError(f"{path}: data_files is not read; give data_dir, the folder that holds the files")
    from datasets.load import DatasetModule

    name = path.partition("/")[2]
    return DatasetModule(
        f"adelie_hf.dataset_scripts.{name}.{name}", content_digest("dataset_scripts", name), {"dataset_name": name}
    )


def _metric_module(wrapped: Callable[..., Any], instance: None, args: tuple, kwargs: dict[str, Any]) -> Any:
    path = args[0] if args else kwargs.get("path")
    if path not in metrics():
        return wrapped(*args, **kwargs)
    asked = signature(wrapped).bind(*args, **kwargs).arguments
    _refuse_revision(path, asked)
    if copy_to := asked.get("force_local_path"):  # inspect_evaluation_module asks for a copy of the files
        shutil.copytree(bundled("metrics", path), copy_to, dirs_exist_ok=True)
    from evaluate.loading import ImportableModule

    return ImportableModule(f"adelie_hf.metrics.{path}.{path}", content_digest("metrics", path))


def _refuse_revision(name: str, asked: dict[str, Any]) -> None:
    if asked.get("revision") is not None:
        raise InputError(
            f"{name} comes with the installed adelie_hf {__version__} and has no revisions; "
            f"drop revision={asked['revision']!r}, or install the version that you want"
        )


def content_digest(*folder: str) -> str:
    """A digest of all that the results of a bundled folder depend on: the folder, and the library's code and data.

    Raises:
        InputError: when a file has changed since this process first asked. It would file what the code in memory
            makes under the digest of the code on disk.
    """
    whole = hashlib.sha256()
    for root in (Path(__file__).parent, bundled(*folder)):
        for name in sorted(_influential(root)):
            content = (root / name).read_bytes()
            whole.update(f"{name}\0{len(content)}\0".encode())
            whole.update(content)
    digest = whole.hexdigest()[:32]
    if _first_digests.setdefault(folder, digest) != digest:
        raise InputError("the files of adelie_hf have changed since this process read them; start Python again")
    return digest


def _influential(root: Path) -> Iterator[str]:
    for file in root.rglob("*"):
        name = file.relative_to(root)
        hidden = "__pycache__" in name.parts or name.name.startswith(".")
        if file.is_file() and not hidden and name.parts[0].removesuffix(".py") not in _WITHOUT_INFLUENCE:
            yield name.as_posix()
