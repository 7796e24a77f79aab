"""A wheel of the installed library: the same bytes from a checkout, an editable install and a wheel."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import adelie_hf
from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError

_FOLDERS = ("dataset_scripts", "metrics", "recipes")  # beside the package in a checkout, inside it elsewhere
_METADATA_FILES = ("METADATA", "entry_points.txt", "licenses/LICENSE")
_TAG = "py3-none-any"


def build_wheel() -> tuple[str, bytes]:
    """Return the name and the content of the wheel.

    Raises:
        InputError: when the metadata of the installation is missing or belongs to another version.
    """
    stem = f"adelie_hf-{adelie_hf.__version__}"
    info = f"{stem}.dist-info"
    metadata = _installed_distribution()
    files = {f"adelie_hf/{name}": file.read_bytes() for name, file in _library_files().items()}
    files |= {f"{info}/{name}": text.encode() for name in _METADATA_FILES if (text := metadata.read_text(name))}
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: adelie_hf\nRoot-Is-Purelib: true\nTag: {_TAG}\n".encode()
    record = "".join(f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)  # dated 1980, so that equal files are equal bytes
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return f"{stem}-{_TAG}.whl", wheel.getvalue()


def _installed_distribution() -> Distribution:
    try:
        installed = distribution("adelie_hf")
    except PackageNotFoundError:
        installed = None
    if installed is None or installed.version != adelie_hf.__version__:
        raise InputError(
            f"adelie_hf {adelie_hf.__version__} is not installed; run `pip install .` or `pip install -e .`"
        )
    return installed


def _library_files() -> dict[str, Path]:
    """Return name in the package -> file."""
    roots = {"": Path(adelie_hf.__file__).parent} | {f"{name}/": bundled(name) for name in _FOLDERS}
    library_files = {
        f"{prefix}{file.relative_to(root).as_posix()}": file
        for prefix, root in roots.items()
        for file in root.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    }
    return dict(sorted(library_files.items()))


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
