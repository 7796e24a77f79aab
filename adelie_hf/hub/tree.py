"""From a run to the tree of its repository."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write, file_digest

Tree = dict[str, Path | bytes]

MANIFEST = "manifest.json"
CARD = "README.md"


def with_manifest(tree: Tree, manifest: Mapping[str, Any]) -> Tree:
    """The tree with a manifest that has the digest of every file but the card, which people may edit on the Hub."""
    outputs = {name: _digest(tree[name]) for name in sorted(tree) if name != CARD}
    return tree | {MANIFEST: as_json({**manifest, "outputs": outputs})}


def as_json(value: Any) -> bytes:
    """A JSON file, as `adelie_hf.manifest.write_json` writes it."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def refuse_private(tree: Tree, run: Path) -> None:
    """Refuses a tree whose card, manifest or settings name a place on this machine.

    Raises:
        InputError: naming the file.
    """
    places = [str(place) for place in {run.resolve(), run.absolute(), Path.home()} if len(place.parts) > 1]
    for name, content in tree.items():
        if name.endswith(("README.md", "manifest.json", "config.json", ".yaml")):
            text = content.decode() if isinstance(content, bytes) else content.read_text(encoding="utf-8")
            for place in places:
                if f"{place}/" in text or f'"{place}"' in text:
                    raise InputError(f"{name}: names {place}, a place on this machine; take it out and push again")


def write(tree: Tree, folder: Path) -> None:
    """Writes a tree into a folder, which appears when it is whole. Raises InputError where something is already."""
    if folder.exists():
        raise InputError(f"{folder}: is already there; delete it, or choose another with --to")
    with atomic_write(folder) as partial:
        for name, content in tree.items():
            file = partial / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                file.write_bytes(content)
            else:
                shutil.copyfile(content, file)


def sizes(tree: Tree) -> dict[str, int]:
    """The size of each file in bytes."""
    return {
        name: len(content) if isinstance(content, bytes) else content.stat().st_size
        for name, content in sorted(tree.items())
    }


def _digest(content: Path | bytes) -> str:
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else file_digest(content)


Say = Callable[[str], None]
