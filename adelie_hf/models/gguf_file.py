"""GGUF files, converted to folders in the layout of transformers."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

from huggingface_hub.constants import HF_HOME

from adelie_hf.digests import cached_digest
from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write, folder_lock
from adelie_hf.manifest import MANIFEST, ModelManifest, environment

logger = logging.getLogger(__name__)

GGUF_CACHE = Path(HF_HOME, "adelie_hf", "gguf")

# The SHA-256 of a GGUF file -> the Hub id of its model. The files themselves do not contain it.
PUBLIC_NAMES = {
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53": "HuggingFaceTB/SmolLM2-135M-Instruct"
}


def local_model(name: str) -> str:
    """Return the name of a model that transformers reads: a folder or a Hub id as it is, a GGUF file converted.

    A file is converted once, to a folder below HF_HOME that is named after its digest.

    Raises:
        InputError: for a GGUF file that is missing or cannot be read, and where packages that read it are missing.
    """
    if not name.endswith(".gguf"):
        return name
    file = Path(name)
    if not file.is_file():
        raise InputError(f"{file}: no such GGUF file; check the path")
    digest = cached_digest(file)
    folder = converted_folder(digest)
    with folder_lock(GGUF_CACHE, wait=True):  # several processes ask for the same file
        if not folder.is_dir():
            logger.info("converting %s", file.name)
            convert_gguf(file, folder, PUBLIC_NAMES.get(digest))
    return str(folder)


def converted_folder(digest: str) -> Path:
    """Return the folder in the cache for the GGUF file with a digest."""
    return GGUF_CACHE / digest[:32]


def convert_gguf(file: Path, folder: Path, base: str | None = None) -> None:
    """Convert a GGUF file to a model folder: safetensors in float32, configuration, tokenizer and chat template.

    Args:
        file: the GGUF file; its weights may be quantised.
        folder: the model folder; it appears when it is complete, and replaces an existing one.
        base: the public name of the model, for its manifest.

    Raises:
        InputError: for a file that cannot be read, and where packages that read it are missing.

    Example:
        convert_gguf(Path("SmolLM2-135M-Instruct.Q4_1.gguf"), Path("models/smollm2"))
    """
    if missing := [package for package in ("gguf", "sentencepiece") if find_spec(package) is None]:
        raise InputError(f"{file}: reading GGUF needs {' and '.join(missing)}: pip install 'adelie_hf[train,gguf]'")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
        model = AutoModelForCausalLM.from_pretrained(str(file.parent), gguf_file=file.name, dtype=torch.float32)
    except Exception as error:  # the reader raises whatever a damaged file leads to
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{file}: cannot be read as a GGUF model ({reason})") from None
    # The weights are plain floats by now, but transformers refuses to save a model that has a quantiser.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config._name_or_path = base or ""
    with atomic_write(folder) as partial:
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        ModelManifest(kind="model", base=base, environment=environment()).save(partial / MANIFEST)
