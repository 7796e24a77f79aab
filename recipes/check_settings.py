# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
Checks the files of a recipe folder that the scripts read: every key, and the type of every value.

python recipes/check_settings.py recipes/llama-2-7b sft dpo sample evaluate

`adelie-hf align` starts it before the first stage, so that a misspelt key in `evaluate.yaml` is found at once.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

import adelie_hf  # noqa: F401  (makes `adelie_hf.recipes` importable)
from adelie_hf.script_log import script_output
from adelie_hf.training import parse_arguments, read_llama_config

# A file's name -> the script that reads it, and the options that it needs besides.
SCRIPTS = {
    "sft": ("sft", ()),
    "dpo": ("dpo", ()),
    "sample": ("sample", ("--model_name_or_path=-", "--dataset_name=-", "--output_file=-")),
    "evaluate": ("sample", ("--model_name_or_path=-", "--dataset_name=-", "--output_file=-")),
}


def main(folder: Path, names: list[str]) -> None:
    for name in names:
        path = folder / f"{name}.yaml"
        if name == "model":
            read_llama_config(path)
        else:
            script, needed = SCRIPTS[name]
            arguments = import_module(f"adelie_hf.recipes.{script}").ARGUMENTS
            parse_arguments(arguments, ["--config", str(path), *needed])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="+", choices=[*SCRIPTS, "model"])
    given = parser.parse_args()
    with script_output():
        main(given.folder, given.names)
