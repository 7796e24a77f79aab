"""The tree of a metric: a Space with its module, its app, and a wheel of this library that its builder can install."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from huggingface_hub import SpaceCard, constants

from adelie_hf._version import __version__
from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.hub.tree import CARD, Tree, with_manifest
from adelie_hf.hub.wheel import wheel
from adelie_hf.plugin import metrics

_OURS = re.compile(r"adelie[_-]hf(\[[\w,\s-]*\])?\s*([=<>~!].*)?")
PYTHON = "3.11"  # the library's lowest; a Space gets an older one where its card does not say


def tree(name: str, repo_id: str, revision: str | None) -> Tree:
    """The tree of a metric's Space.

    The builder of a Space sees `requirements.txt` and no other file of it, so the wheel is named by its address
    there, with its digest: another wheel is another line, which the builder's cache cannot mistake.

    Args:
        name: a bundled metric.
        repo_id: where it goes.
        revision: the branch that it goes to.

    Raises:
        InputError: for an unknown metric, or a repository with another name.
    """
    if name not in metrics():
        raise InputError(f"unknown metric {name!r}; the metrics are {', '.join(metrics())}")
    if repo_id.rpartition("/")[2] != name:
        raise InputError(f"{repo_id}: evaluate finds a metric by the name of its Space; push to a Space named {name}")
    folder = bundled("metrics", name)
    files: Tree = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    file, content = wheel()
    address = f"{constants.ENDPOINT}/spaces/{repo_id}/resolve/{revision or 'main'}/{file}"
    needed = _requirements(folder / "requirements.txt", f"{address}#sha256={hashlib.sha256(content).hexdigest()}")
    files |= {file: content, "requirements.txt": needed.encode(), CARD: _card(folder / CARD).encode()}
    return with_manifest(files, {"kind": "metric", "name": name, "environment": {"adelie_hf": __version__}})


def _requirements(file: Path, address: str) -> str:
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        ours = _OURS.fullmatch(line.strip())
        lines.append(f"adelie_hf{ours[1] or ''} @ {address}" if ours else line)
    return "\n".join(lines) + "\n"


def _card(file: Path) -> str:
    card = SpaceCard(file.read_text(encoding="utf-8"))
    for key, value in {
        "sdk": "gradio",
        "app_file": "app.py",
        "python_version": PYTHON,
        "license": "apache-2.0",
    }.items():
        card.data[key] = card.data.get(key) or value
    return str(card)
