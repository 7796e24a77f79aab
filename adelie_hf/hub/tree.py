"""Trees: the files of a repository, before they are uploaded or written into a folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TypeVar

from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write, file_digest
from adelie_hf.manifest import MANIFEST, BuildManifest, MetricManifest, ModelManifest

# The name of a file in its repository -> the file on this machine, or the content.
Tree = dict[str, Path | bytes]

CARD = "README.md"

TreeManifest = TypeVar("TreeManifest", BuildManifest, MetricManifest, ModelManifest)


def add_manifest(tree: Tree, manifest: TreeManifest) -> TreeManifest:
    """Add a manifest to a tree, with the digest of every file but the card, which people may edit on the Hub.

    Returns:
        The manifest with its `outputs`.
    """
    outputs = {name: _digest(tree[name]) for name in sorted(tree) if name != CARD}
    complete = manifest.model_copy(update={"outputs": outputs})
    tree[MANIFEST] = json_bytes(complete.to_json())
    return complete


def json_bytes(value: object) -> bytes:
    """Return a JSON file, as `adelie_hf.files.write_json` writes it."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def check_private(tree: Tree, run: Path) -> None:
    """Check that no card, manifest or settings name a path of this machine. Raises InputError naming the file."""
    paths = [str(path) for path in {run.resolve(), run.absolute(), Path.home()} if len(path.parts) > 1]
    for name, content in tree.items():
        if name.endswith(("README.md", "manifest.json", "config.json", ".yaml")):
            text = content.decode() if isinstance(content, bytes) else content.read_text(encoding="utf-8")
            for path in paths:
                if f"{path}/" in text or f'"{path}"' in text:
                    raise InputError(f"{name}: names {path}, a path of this machine; remove it and push again")


def write_tree(tree: Tree, folder: Path) -> None:
    """Write a tree into a folder, which appears when it is complete. Raises InputError for a folder that exists."""
    if folder.exists():
        raise InputError(f"{folder}: exists already; delete it, or choose another folder", parameter="to")
    with atomic_write(folder) as partial:
        for name, content in tree.items():
            file = partial / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                file.write_bytes(content)
            else:
                shutil.copyfile(content, file)


def tree_sizes(tree: Tree) -> dict[str, int]:
    """Return the size of each file in bytes."""
    return {
        name: len(content) if isinstance(content, bytes) else content.stat().st_size
        for name, content in sorted(tree.items())
    }


def _digest(content: Path | bytes) -> str:
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else file_digest(content)
