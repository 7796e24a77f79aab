"""The library's names in `datasets` and `evaluate`.

Neither library has a registry for names, so the function of each that resolves a name to a module is wrapped when
the library is imported, or at once if it already is. Other names pass through untouched.
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
    "api",
    "cli",
    "dataset_scripts",
    "evaluation",
    "hub",
    "launch",
    "loop",
    "loop_stages",
    "metrics",
    "plugin",
    "recipes",
    "report",
    "run_folder",
    "run_settings",
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
    """Return the names of the bundled metrics: the folders with a module of the same name."""
    folders = bundled("metrics").iterdir()
    return tuple(sorted(folder.name for folder in folders if (folder / f"{folder.name}.py").is_file()))


def _when_imported(module: str, function: str, wrapper: Callable[..., Any]) -> None:
    def wrap(imported: ModuleType) -> None:
        if getattr(getattr(imported, function), "_self_wrapper", None) is not wrapper:
            wrap_function_wrapper(imported, function, wrapper)

    when_imported(module)(wrap)


def _dataset_module(wrapped: Callable[..., Any], instance: None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    path = args[0] if args else kwargs.get("path")
    if path not in DATASETS:
        return wrapped(*args, **kwargs)
    arguments = signature(wrapped).bind(*args, **kwargs).arguments
    _refuse_revision(path, arguments)
    if arguments.get("data_files"):
        raise InputError(f"{path}: data_files is not supported; give data_dir, the folder with the raw files")
    from datasets.load import DatasetModule

    name = path.partition("/")[2]
    return DatasetModule(
        f"adelie_hf.dataset_scripts.{name}.{name}", content_digest("dataset_scripts", name), {"dataset_name": name}
    )


def _metric_module(wrapped: Callable[..., Any], instance: None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    path = args[0] if args else kwargs.get("path")
    if path not in metrics():
        return wrapped(*args, **kwargs)
    arguments = signature(wrapped).bind(*args, **kwargs).arguments
    _refuse_revision(path, arguments)
    if copy_to := arguments.get("force_local_path"):  # inspect_evaluation_module wants a copy of the files
        shutil.copytree(bundled("metrics", path), copy_to, dirs_exist_ok=True)
    from evaluate.loading import ImportableModule

    return ImportableModule(f"adelie_hf.metrics.{path}.{path}", content_digest("metrics", path))


def _refuse_revision(name: str, arguments: dict[str, Any]) -> None:
    if arguments.get("revision") is not None:
        raise InputError(
            f"{name} comes with the installed adelie_hf {__version__} and has no revisions; "
            f"drop revision={arguments['revision']!r}, or install the version that you want"
        )


def content_digest(*folder: str) -> str:
    """Return a digest of all that the results of a bundled folder depend on: it, and the library's code and data.

    Raises:
        InputError: when a file has changed since the first call in this process: results of the code in memory
            would be cached under the digest of the code on disk.
    """
    sha256 = hashlib.sha256()
    for root in (Path(__file__).parent, bundled(*folder)):
        for name in sorted(_influential(root)):
            content = (root / name).read_bytes()
            sha256.update(f"{name}\0{len(content)}\0".encode())
            sha256.update(content)
    digest = sha256.hexdigest()[:32]
    if _first_digests.setdefault(folder, digest) != digest:
        raise InputError("the files of adelie_hf have changed since this process imported them; restart Python")
    return digest


def _influential(root: Path) -> Iterator[str]:
    for file in root.rglob("*"):
        name = file.relative_to(root)
        hidden = "__pycache__" in name.parts or name.name.startswith(".")
        if file.is_file() and not hidden and name.parts[0].removesuffix(".py") not in _WITHOUT_INFLUENCE:
            yield name.as_posix()
