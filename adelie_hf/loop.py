"""The whole loop: raw files -> IEInstruct -> SFT -> samples -> IEFeedback -> DPO -> scores.

Every stage (`adelie_hf.loop_stages`) leaves one result in the run folder, complete or absent, and is skipped when its
result exists: the same call resumes an interrupted run. A run whose settings or inputs have changed is refused, never
mixed. How its scripts are started is no such setting: it is recorded stage by stage.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import overload

from adelie_hf import iefeedback, ieinstruct
from adelie_hf.bundled import bundled
from adelie_hf.digests import cached_digest
from adelie_hf.errors import InputError
from adelie_hf.evaluation import RunScores
from adelie_hf.files import file_digest, folder_lock, read_json
from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.loop_stages import LoopStages, check_training_benchmarks, choose_stages, hold_out_benchmarks, stages_of
from adelie_hf.manifest import SCRATCH, RunInputs, RunManifest, environment
from adelie_hf.models import local_model
from adelie_hf.run_folder import RunFolder
from adelie_hf.run_settings import align_settings, check_script_settings, find_launch
from adelie_hf.settings import read_yaml, yaml_files
from adelie_hf.sources import skipped_files
from adelie_hf.sources.cutting import Cut
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice

logger = logging.getLogger(__name__)

# The files of a recipe folder whose keys are the options of a script.
SCRIPT_FILES = ("sft", "sample", "dpo", "evaluate")


@overload
def align(
    data_dir: str | Path | None,
    model: str,
    out: str | Path,
    recipe: str | Path = ...,
    *,
    sources: tuple[str, ...] = ...,
    seed: int | None = ...,
    stages: None = ...,
    accelerate: str | Path | None = ...,
    nproc: int | None = ...,
    splits: Mapping[str, str] | None = ...,
    columns: ColumnChoice = ...,
    strict: bool = ...,
    cut: Cut | None = ...,
) -> RunScores: ...


@overload
def align(
    data_dir: str | Path | None,
    model: str,
    out: str | Path,
    recipe: str | Path = ...,
    *,
    sources: tuple[str, ...] = ...,
    seed: int | None = ...,
    stages: Sequence[str] | None,
    accelerate: str | Path | None = ...,
    nproc: int | None = ...,
    splits: Mapping[str, str] | None = ...,
    columns: ColumnChoice = ...,
    strict: bool = ...,
    cut: Cut | None = ...,
) -> RunScores | None: ...


def align(
    data_dir: str | Path | None,
    model: str,
    out: str | Path,
    recipe: str | Path = "llama-3.2-3b",
    *,
    sources: tuple[str, ...] = (),
    seed: int | None = None,
    stages: Sequence[str] | None = None,
    accelerate: str | Path | None = None,
    nproc: int | None = None,
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
    strict: bool = False,
    cut: Cut | None = None,
) -> RunScores | None:
    """Align a model on the data of a folder and score it beside its base and two trivial baselines.

    Where no sample is worse than the gold answer there is nothing to prefer: DPO is left out, and `notes` says so.
    With `rounds: 2` in the recipe's `align.yaml` the model of DPO is sampled from, and trained, once more.

    Args:
        data_dir: raw files of sources, at any depth; None for the embedded sample.
        model: the folder, Hub id or GGUF file of a model, the folder or Hub id of an adapter, or `scratch` for a small
            model that is built from the recipe's `model.yaml`.
        out: the run folder.
        recipe: a folder of YAML files, or the name of one of the library's, such as `llama-3.2-3b` or `tiny`.
        sources: only these sources.
        seed: overrides the seed of `ieinstruct.yaml`.
        stages: only these stages, in the order of the loop: `ieinstruct`, `base`, `sft`, `samples`, `iefeedback`,
            `dpo`, `outputs/base`, `outputs/sft`, `outputs/dpo` (or `outputs` for all systems), `scores`; all for None.
            A second round has `samples-2`, `iefeedback-2`, `dpo-2` and `outputs/dpo-2`, a benchmark of the recipe
            `benchmarks/NAME` (or `benchmarks` for all).
        accelerate: a configuration of `accelerate launch` in place of the recipe's: a YAML file, or a name in
            `recipes/accelerate`.
        nproc: the number of processes in place of the configuration's.
        splits: of your own data, file or folder below `data_dir` -> split, where names do not tell it.
        columns: of your own tagged tokens, what the columns have, where it is not found out.
        strict: the first record of own data that cannot be read is an error, whatever the recipe says.
        cut: where long documents of own data are cut, in place of the recipe's `cut`.

    Returns:
        The content of `scores.json`; None where the stages leave the run without scores.

    Raises:
        InputError: for bad input, for a stage whose input is missing, and for a stage that fails, with the place of
            its log.

    Example:
        align("raw/", "meta-llama/Llama-3.2-1B", "runs/mine")["results"][0]["scores"]["dpo"]["value"]
    """
    run, folder = RunFolder(Path(out).resolve()), _recipe_folder(recipe).resolve()
    _check_recipe(folder, model)
    steps = align_settings(folder)
    needs = stages_of(steps)
    chosen = choose_stages(stages, needs)
    settings = ieinstruct.load_recipe(folder / "ieinstruct.yaml", seed, strict=strict or None, cut=cut)
    config = "sample" if data_dir is None else "align"
    plan = ieinstruct.plan(config, data_dir, settings, sources, folder / "ieinstruct.yaml", splits, columns)
    raw = SAMPLE if data_dir is None else Path(data_dir)
    plan = hold_out_benchmarks(steps.benchmarks, raw, plan)
    launch = find_launch(folder, accelerate, nproc)
    identity = _model_identity(model)
    model = local_model(model)
    inputs = RunInputs(
        seed=settings.seed,
        model=identity,
        files={name: file_digest(file) for name, file in plan.inputs.items()},
        splits=dict(plan.splits) or None,
        columns=plan.columns or None,
        recipe=_recipe_digests(folder),
        library=_library_digest(),
    )
    loop = LoopStages(run, folder, plan, raw.resolve(), steps.benchmarks, model, launch, settings.seed, needs)
    loop.check(chosen)
    with folder_lock(run.path):
        if not run.manifest.is_file():  # a run that goes on has the recipe that was checked
            check_script_settings(folder, SCRIPT_FILES + ("model",) * (identity == SCRATCH))
            check_training_benchmarks(read_yaml(folder / "sft.yaml"), raw)
        _check_same_run(run, inputs)
        if not run.scores.is_file():
            for line in skipped_files(raw, sources, splits, columns):
                logger.info(line)
        for stage in chosen:
            loop.run_stage(stage)
        scores: RunScores | None = read_json(run.scores) if run.scores.is_file() else None
        return scores


def _recipe_folder(recipe: str | Path) -> Path:
    if Path(recipe).is_dir():
        return Path(recipe)
    with suppress(InputError):
        return bundled("recipes", str(recipe))
    names = ", ".join(sorted(path.parent.name for path in bundled("recipes").glob("*/ieinstruct.yaml")))
    raise InputError(f"no recipe folder {str(recipe)!r}; give a folder, or one of {names}")


def _check_recipe(folder: Path, model: str) -> None:
    """Find everything that a later stage would fail on before the first one starts."""
    needed = ["ieinstruct", "sft", "sample", "iefeedback", "dpo", "evaluate", "align"]
    for name in needed + ["model"] * (model == SCRATCH):
        if not (folder / f"{name}.yaml").is_file():
            raise InputError(f"{folder / name}.yaml: missing; a recipe folder has {', '.join(needed)} and a README")
        read_yaml(folder / f"{name}.yaml")
    iefeedback.load_recipe(folder / "iefeedback.yaml")


def _model_identity(model: str) -> str:
    if model.endswith(".gguf") and Path(model).is_file():
        return cached_digest(Path(model))
    if model == SCRATCH or not Path(model).is_dir():
        return model
    folder = Path(model)
    if not any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
        raise InputError(f"{model}: no config.json in this folder; give a model folder of transformers, or a model id")
    files = sorted(path for path in folder.iterdir() if path.is_file())
    lines = [f"{path.name} {cached_digest(path)}" for path in files]
    if (folder / "adapter_config.json").is_file():
        base = read_json(folder / "adapter_config.json").get("base_model_name_or_path")
        lines.append(f"base {_model_identity(str(base))}")
    return _digest_of_lines(lines)


def _recipe_digests(folder: Path) -> dict[str, str]:
    """Return file -> digest for the files of a recipe, each with those that it extends."""
    return {file.name: _digest_of_lines(map(file_digest, yaml_files(file))) for file in sorted(folder.glob("*.yaml"))}


def _library_digest() -> str:
    """Return a digest of the library's code and data, so results computed by another version are never reused."""
    package = Path(__file__).parent
    files = [path for suffix in ("py", "yaml", "j2") for path in package.rglob(f"*.{suffix}")]
    scripts = bundled("recipes").glob("*.py")
    return _digest_of_lines(f"{path.name} {file_digest(path)}" for path in sorted([*files, *scripts]))


def _digest_of_lines(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _check_same_run(run: RunFolder, inputs: RunInputs) -> None:
    """Write the manifest of a new run; raise InputError for a run that was made from other inputs."""
    if not run.manifest.is_file():
        RunManifest(inputs=inputs, environment=environment()).save(run.manifest)
        return
    known = RunManifest.load(run.manifest).inputs
    changed = [name for name in RunInputs.model_fields if getattr(inputs, name) != getattr(known, name)]
    if changed:
        raise InputError(
            f"{run.path}: has a run with another {' and '.join(changed)}; delete the folder, or choose another",
            parameter="out",
        )
