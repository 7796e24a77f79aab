"""The tree of a metric: a Space with its module, its app, and a wheel of this library for the Space's builder."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from huggingface_hub import SpaceCard, constants

from adelie_hf._version import __version__
from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.hub.tree import CARD, Tree, add_manifest
from adelie_hf.hub.wheel import build_wheel
from adelie_hf.manifest import MetricManifest
from adelie_hf.plugin import metrics

_REQUIREMENT = re.compile(r"adelie[_-]hf(\[[\w,\s-]*\])?\s*([=<>~!].*)?")
PYTHON = "3.11"  # the lowest version that the library supports; a Space whose card names none gets an older one


def metric_tree(name: str, repo_id: str, revision: str | None) -> Tree:
    """Return the tree of a metric's Space.

    The builder of a Space sees only `requirements.txt`, so that file names the wheel by its address and digest:
    another wheel is another line, which the builder's cache cannot confuse with an earlier one.

    Args:
        name: a bundled metric.
        repo_id: the Space that it is pushed to.
        revision: the branch that it is pushed to.

    Raises:
        InputError: for an unknown metric, or a repository with another name.
    """
    if name not in metrics():
        raise InputError(f"unknown metric {name!r}; the metrics are {', '.join(metrics())}")
    if repo_id.rpartition("/")[2] != name:
        raise InputError(f"{repo_id}: evaluate finds a metric by the name of its Space; push to a Space named {name}")
    folder = bundled("metrics", name)
    tree: Tree = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    file, content = build_wheel()
    address = f"{constants.ENDPOINT}/spaces/{repo_id}/resolve/{revision or 'main'}/{file}"
    digest = hashlib.sha256(content).hexdigest()
    tree[file] = content
    tree["requirements.txt"] = _requirements(folder / "requirements.txt", f"{address}#sha256={digest}").encode()
    tree[CARD] = _space_card(folder / CARD).encode()
    add_manifest(tree, MetricManifest(kind="metric", name=name, environment={"adelie_hf": __version__}))
    return tree


def _requirements(file: Path, address: str) -> str:
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        requirement = _REQUIREMENT.fullmatch(line.strip())
        lines.append(f"adelie_hf{requirement[1] or ''} @ {address}" if requirement else line)
    return "\n".join(lines) + "\n"


def _space_card(file: Path) -> str:
    card = SpaceCard(file.read_text(encoding="utf-8"))
    defaults = {"sdk": "gradio", "app_file": "app.py", "python_version": PYTHON, "license": "apache-2.0"}
    for key, value in defaults.items():
        card.data[key] = card.data.get(key) or value
    return str(card)
