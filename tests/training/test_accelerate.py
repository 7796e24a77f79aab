"""The files of `recipes/accelerate`: accelerate passes on every key, and what runs without a GPU is run."""

from __future__ import annotations

import json
import math
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml

from adelie_hf.bundled import bundled
from adelie_hf.files import read_json
from adelie_hf.manifest import ModelManifest
from tests.training.conftest import FEW_STEPS

pytestmark = pytest.mark.train

ROOT = Path(__file__).parent.parent.parent
FILES = {file.stem: file for file in sorted(bundled("recipes", "accelerate").glob("*.yaml"))}
SHARDED = [name for name in FILES if name.startswith(("fsdp", "zero"))]

# Names of the launcher that are not those of the plugin's fields.
FIELDS = {"offload_params": "cpu_offload", "transformer_layer_cls_to_wrap": "transformer_cls_names_to_wrap"}

# What a plugin has to know before it can judge its other fields.
VERSIONS = ("fsdp_version", "zero_stage")

# Keys that `accelerate launch` reads by itself, and the two sections below.
READ_BY_ITSELF = {"compute_environment", "distributed_type", "mixed_precision", "fsdp_config", "deepspeed_config"}


def launched(file):
    """What `accelerate launch` makes of a file: its arguments and the environment of the script."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import (
        prepare_deepspeed_cmd_env,
        prepare_multi_gpu_env,
        prepare_simple_launcher_cmd_env,
    )

    command = ["--config_file", str(file), "--main_process_port", "0", "script.py"]
    arguments, *_ = _validate_launch_command(launch_command_parser().parse_args(command))
    if arguments.use_deepspeed:
        arguments.deepspeed_fields_from_accelerate_config = ""
        return arguments, prepare_deepspeed_cmd_env(arguments)[1]
    if arguments.multi_gpu or arguments.use_fsdp:
        return arguments, prepare_multi_gpu_env(arguments)
    return arguments, prepare_simple_launcher_cmd_env(arguments)[1]


def plugin_class(content):
    from accelerate.utils import DeepSpeedPlugin, FullyShardedDataParallelPlugin

    return FullyShardedDataParallelPlugin if "fsdp_config" in content else DeepSpeedPlugin


def written(content):
    """Key -> (field of the plugin, value), of the section that configures it."""
    section = content.get("fsdp_config", content.get("deepspeed_config", {}))
    names = {key: key.removeprefix("fsdp_") if key != "fsdp_version" else key for key in section}
    return {key: (FIELDS.get(names[key], names[key]), value) for key, value in section.items()}


def unheard(file) -> Iterator[str]:
    """Yield the keys of a file that accelerate reads without an error and that have not the effect that they name."""
    content = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    arguments, environment = launched(file)
    for key in content.keys() - READ_BY_ITSELF - {"main_process_port"}:
        if getattr(arguments, key) != content[key]:
            yield key
    if environment["ACCELERATE_MIXED_PRECISION"] != content["mixed_precision"]:
        yield "mixed_precision"
    plugin = plugin_class(content)
    known = written(content)
    version = {field: value for field, value in known.values() if field in VERSIONS}
    with patch.dict(os.environ, environment):
        from_launcher = plugin()
    for key, (field, value) in known.items():
        with patch.dict(os.environ):  # the plugin of FSDP writes into it
            try:
                as_written = getattr(plugin(**version | {field: value}), field)
            except (TypeError, ValueError):  # no such field, or not in this version
                yield key
                continue
        if as_written is None or getattr(from_launcher, field) != as_written:
            yield key


@pytest.fixture
def copy(tmp_path):
    """A function that writes a changed copy of a file of the library."""

    def make(name, **changes):
        content = yaml.safe_load(FILES[name].read_text(encoding="utf-8")) | changes
        file = tmp_path / f"{name}.yaml"
        file.write_text(yaml.safe_dump(content))
        return file

    return make


def two_processes(copy, name):
    return copy(name, mixed_precision="no", use_cpu=True, num_processes=2, main_process_port=0)


def test_the_guide_names_every_file():
    guide = (ROOT / "docs" / "guides" / "launch.md").read_text(encoding="utf-8")
    assert [name for name in FILES if f"| `{name}` |" not in guide] == []


@pytest.mark.parametrize("name", FILES)
def test_accelerate_loads_a_file(name):
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(FILES[name]))
    assert config.num_processes % config.num_machines == 0
    assert config.mixed_precision == ("no" if config.use_cpu else "bf16")


@pytest.mark.parametrize("name", FILES)
def test_every_key_of_a_file_has_an_effect(name):
    assert list(unheard(FILES[name])) == []


def test_the_plugin_of_fsdp_has_the_values_that_are_written():
    from torch.distributed.fsdp import CPUOffloadPolicy
    from torch.distributed.fsdp.wrap import transformer_auto_wrap_policy

    for name in ("fsdp-8", "fsdp-2x8"):
        content = yaml.safe_load(FILES[name].read_text(encoding="utf-8"))
        with patch.dict(os.environ, launched(FILES[name])[1]):
            plugin = plugin_class(content)()
        assert plugin.fsdp_version == 2 and plugin.reshard_after_forward is True
        assert plugin.auto_wrap_policy is transformer_auto_wrap_policy
        assert plugin.state_dict_type.name == "SHARDED_STATE_DICT"
        assert plugin.cpu_ram_efficient_loading is True and plugin.activation_checkpointing is False
        assert not isinstance(plugin.cpu_offload, CPUOffloadPolicy)


@pytest.mark.parametrize("stage", [2, 3])
def test_the_plugin_of_deepspeed_has_the_values_that_are_written(stage):
    file = FILES[f"zero{stage}-8"]
    with patch.dict(os.environ, launched(file)[1]):
        plugin = plugin_class({"deepspeed_config": {}})()
    zero = plugin.deepspeed_config["zero_optimization"]
    assert zero["stage"] == stage and zero["stage3_gather_16bit_weights_on_model_save"] is (stage == 3)
    assert plugin.zero3_init_flag is (stage == 3)
    assert plugin.deepspeed_config["gradient_accumulation_steps"] == "auto"
    assert plugin.deepspeed_config["gradient_clipping"] == "auto"


@pytest.mark.parametrize(
    ("name", "section", "key", "value"),
    [
        pytest.param("fsdp-8", "fsdp_config", "fsdp_reshard_after_foward", True, id="misspelt"),
        pytest.param("fsdp-2x8", "fsdp_config", "activation_checkpointng", True, id="misspelt without prefix"),
        pytest.param("zero2-8", "deepspeed_config", "zero_stages", 3, id="misspelt for DeepSpeed"),
        pytest.param("zero3-8", "deepspeed_config", "zero3_save_16bit_modell", True, id="misspelt for ZeRO-3"),
        pytest.param("fsdp-8", "fsdp_config", "fsdp_sharding_strategy", "FULL_SHARD", id="of version 1"),
        pytest.param("fsdp-8", "fsdp_config", "fsdp_backward_prefetch", "BACKWARD_PRE", id="dropped by version 2"),
        pytest.param("fsdp-8", "fsdp_config", "fsdp_forward_prefetch", True, id="refused by version 2"),
        pytest.param("fsdp-8", "fsdp_config", "fsdp_limit_all_gathers", False, id="not passed on by the launcher"),
    ],
)
def test_an_inner_key_without_effect_is_found(copy, name, section, key, value):
    """accelerate itself takes each of these files without a word."""
    inner = yaml.safe_load(FILES[name].read_text(encoding="utf-8"))[section]
    assert list(unheard(copy(name, **{section: inner | {key: value}}))) == [key]


@pytest.mark.parametrize("key", ["same_network", "rdzv_backend"])
def test_an_outer_key_without_effect_is_found(copy, key):
    """Their defaults on the command line win over the file."""
    assert list(unheard(copy("fsdp-2x8", **{key: "c10d" if key == "rdzv_backend" else True}))) == [key]


def test_the_fields_of_the_plugins_are_those_that_the_names_stand_for():
    for section in ("fsdp_config", "deepspeed_config"):
        names = {field.name for field in fields(plugin_class({section: {}}))}
        assert names & set(VERSIONS) and (section == "deepspeed_config" or set(FIELDS.values()) <= names)


def start(config, script, *arguments, options=()):
    """Start `accelerate launch`."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(config), *options]
    return subprocess.Popen(
        [*command, str(script), *map(str, arguments)],
        env=os.environ | {"DS_ACCELERATOR": "cpu", "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process) -> str:
    try:
        out, errors = process.communicate(timeout=600)
    finally:
        process.kill()
    assert process.returncode == 0, errors[-3000:]
    return str(out)


def train(config, script, out, **options):
    """Run a training script through `accelerate launch`; return its losses."""
    arguments = [text for name, value in (FEW_STEPS | options).items() for text in (f"--{name}", value)]
    path = bundled("recipes", f"{script}.py").resolve()
    finish(start(config, path, "--output_dir", out, *arguments))
    return [entry["loss"] for entry in read_json(out / "log.json") if "loss" in entry]


@pytest.fixture(scope="module")
def two_process_losses(model, instruct_build, tmp_path_factory):
    out = tmp_path_factory.mktemp("cpu-2") / "sft"
    losses = train(FILES["cpu-2"], "sft", out, model_name_or_path=model, dataset_name=instruct_build)
    training = ModelManifest.load(out / "model" / "manifest.json").training
    assert training is not None and training.processes == 2
    return losses


def test_two_processes_on_a_cpu_share_the_batch_of_one(model, instruct_build, tmp_path, two_process_losses):
    options = {"model_name_or_path": model, "dataset_name": instruct_build, "per_device_train_batch_size": 4}
    losses = train(FILES["cpu"], "sft", tmp_path / "sft", **options)
    assert losses == pytest.approx(two_process_losses, rel=1e-4)
    training = ModelManifest.load(tmp_path / "sft" / "model" / "manifest.json").training
    assert training is not None and training.processes == 1


def test_processes_that_would_train_alone_are_refused(model, instruct_build, tmp_path):
    """accelerate makes no group of processes on a CPU unless the script asks for the CPU."""
    options = {"--model_name_or_path": model, "--dataset_name": instruct_build, "--output_dir": tmp_path / "sft"}
    arguments = [text for option in options.items() for text in option]
    process = start(FILES["cpu-2"], bundled("recipes", "sft.py").resolve(), *arguments, "--bf16", "false")
    _, errors = process.communicate(timeout=600)
    assert process.returncode != 0 and not (tmp_path / "sft" / "model").exists()
    assert "InputError: 2 processes were started, and each would train alone" in errors, errors[-2000:]


needs_deepspeed = pytest.mark.skipif(find_spec("deepspeed") is None, reason="needs `pip install deepspeed`")


@needs_deepspeed
@pytest.mark.parametrize("name", ["zero2-8", "zero3-8"])
def test_zero_on_two_cpu_processes_gives_the_losses_of_ddp(
    name, copy, model, instruct_build, tmp_path, two_process_losses
):
    options = {"model_name_or_path": model, "dataset_name": instruct_build}
    losses = train(two_processes(copy, name), "sft", tmp_path / "sft", **options)
    assert losses == pytest.approx(two_process_losses, rel=1e-4)
    training = ModelManifest.load(tmp_path / "sft" / "model" / "manifest.json").training
    assert training is not None and training.processes == 2


@needs_deepspeed
def test_dpo_with_zero3_starts_at_its_reference(copy, model, pairs_build, tmp_path):
    options = {"model_name_or_path": model, "dataset_name": pairs_build}
    first, second = train(two_processes(copy, "zero3-8"), "dpo", tmp_path / "dpo", **options)
    assert first == pytest.approx(math.log(2), abs=1e-5) and second < first


WORLD = """
from accelerate import PartialState
from accelerate.utils import gather_object
state = PartialState(cpu=True)
ranks = gather_object([state.process_index])
if state.is_main_process:
    print(ranks)
state.destroy_process_group()
"""


def test_two_machines_find_each_other(copy, tmp_path):
    """Both machines are this one; the lines on rank and address are those of the file, and what the guide adds."""
    script = tmp_path / "world.py"
    script.write_text(WORLD)
    config = copy("fsdp-2x8", distributed_type="MULTI_GPU", fsdp_config=None, use_cpu=True, num_processes=2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = ["--main_process_ip", "127.0.0.1", "--main_process_port", str(free.getsockname()[1])]
    machines = [start(config, script, options=[*place, "--machine_rank", str(rank)]) for rank in (0, 1)]
    assert [finish(machine).strip() for machine in machines] == ["[0, 1]", ""]


LOADED = """
import json, sys
import torch.distributed
from transformers import AutoModelForCausalLM
torch.distributed.init_process_group("gloo")
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
sums = [float(value.detach().double().abs().sum()) for value in (*model.parameters(), *model.buffers())]
gathered = [None, None]
torch.distributed.all_gather_object(gathered, sums)
if torch.distributed.get_rank() == 0:
    print(json.dumps(gathered))
torch.distributed.destroy_process_group()
"""


def test_every_process_of_fsdp_loads_the_reference_model(copy, model, tmp_path):
    """trl shards the reference model of DPO without sending its weights, so that each process needs them."""
    script = tmp_path / "loaded.py"
    script.write_text(LOADED)
    environment = {key: value for key, value in launched(FILES["fsdp-8"])[1].items() if "FSDP" in key}
    assert environment["FSDP_CPU_RAM_EFFICIENT_LOADING"] == "true"
    with patch.dict(os.environ, environment):
        first, second = json.loads(finish(start(FILES["cpu-2"], script, model)))
    assert first == second and sum(first) > 0
