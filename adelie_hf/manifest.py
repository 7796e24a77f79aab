"""Manifests: what a result was made from, what was kept and dropped, and the environment."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from adelie_hf.files import file_digest, write_json

_PACKAGES = ("datasets", "transformers", "trl", "peft", "accelerate", "torch", "tokenizers", "numpy", "pyarrow")


def write_manifest(
    out: Path,
    kind: str,
    settings: dict[str, Any],
    counts: Mapping[str, Mapping[str, int]],
    inputs: Iterable[Path] = (),
) -> None:
    """Says beside a file, as `<file>.manifest.json`, what it was made of and what was kept and dropped, by reason."""
    write_json(
        out.with_name(f"{out.name}.manifest.json"),
        {
            "kind": kind,
            "settings": settings,
            "counts": {name: dict(sorted(of.items())) for name, of in counts.items()},
            "inputs": {file.name: file_digest(file) for file in inputs},
            "outputs": {out.name: file_digest(out)},
            "environment": environment(),
        },
    )


def environment() -> dict[str, Any]:
    """Versions that results depend on. Nothing private: no user, host or path."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    from adelie_hf._version import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    return {"adelie_hf": __version__, "python": python, "machine": platform.machine(), "packages": versions}
