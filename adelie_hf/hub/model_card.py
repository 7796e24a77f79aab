"""The card of a model or an adapter, from the manifests of its run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from adelie_hf.hub.data_card import PAPER
from adelie_hf.hub.origins import origin
from adelie_hf.ieinstruct import plan, rows
from adelie_hf.report import PARTS, as_markdown, mean_closed, score_table
from adelie_hf.tasks import TASKS, title_of

if TYPE_CHECKING:
    from adelie_hf.hub.model import Run

_TRAINED = {"SFT": "supervised fine-tuning on IEInstruct", "DPO": "direct preference optimisation on IEFeedback"}


def card(of: Run, kind: str, repo_id: str, results: list[EvalResult]) -> str:
    """The card of a model or adapter.

    Args:
        of: the model and its run.
        kind: `model` or `adapter`.
        repo_id: where it goes.
        results: its scores.
    """
    base = None if of.base in (None, "scratch") else of.base
    tasks = _tasks(of)
    origins = [origin(name) for name in of.sources]
    free = of.base == "scratch" and all(each.licence == "Apache-2.0" for each in origins)
    data = ModelCardData(
        model_name=repo_id.rpartition("/")[2],
        base_model=base,
        base_model_relation=None if base is None else "adapter" if kind == "adapter" else "finetune",
        datasets=[of.pushed["repo_id"]] if of.pushed else None,
        language=["en"] if origins and all(each.published for each in origins) else None,
        library_name="peft" if kind == "adapter" else "transformers",
        license="apache-2.0" if free and origins else None,
        pipeline_tag="text-generation",
        tags=["information-extraction", "adelie_hf", *(stage["method"].lower() for stage in of.stages), *tasks],
        metrics=sorted({result.metric_type for result in results}) or None,
        eval_results=results or None,
        co2_eq_emissions=_carbon(of),
    )
    sections = [
        f"# {repo_id.rpartition('/')[2]}\n\n{_what(of, kind)}",
        f"## How to run it\n\n{_use(kind, repo_id, tasks)}",
        _scores(of),
        f"## Training\n\n{_training(of)}",
        f"## Data\n\n{_data(of)}",
        f"## Intended use and limits\n\n{_limits(of, tasks)}",
        f"## Citation\n\nThe method: {PAPER}",
    ]
    body = "\n\n".join(section for section in sections if section)
    return str(ModelCard(f"---\n{data.to_yaml()}\n---\n\n{body}\n"))


def _tasks(of: Run) -> list[str]:
    named = {part["task"] for manifest in of.data for part in manifest["parts"] if "task" in part}
    return [task for task in TASKS if task in named]


def _what(of: Run, kind: str) -> str:
    base = {
        None: "a model that is not on the Hub",
        "scratch": "random weights: it is a small model, for demonstrations",
    }.get(of.base, f"[{of.base}](https://huggingface.co/{of.base})")
    how = ", then ".join(_TRAINED.get(stage["method"], stage["method"]) for stage in of.stages)
    what = "An adapter for information extraction" if kind == "adapter" else "A model for information extraction"
    version = of.stages[-1]["environment"]["adelie_hf"]
    return f"{what}, trained with adelie_hf {version} from {base}. Trained by {how}."


def _use(kind: str, repo_id: str, tasks: list[str]) -> str:
    """Code that asks about a text of the embedded sample, which is free to show."""
    task = (tasks or ["ner"])[0]
    part = next(part for part in plan()["test"] if part.task == task)
    asked = next(iter(rows(part)))["prompt"][0]["content"]
    loader = "AutoPeftModelForCausalLM" if kind == "adapter" else "AutoModelForCausalLM"
    imports = "from peft import AutoPeftModelForCausalLM\nfrom transformers import AutoTokenizer"
    if kind == "model":
        imports = "from transformers import AutoModelForCausalLM, AutoTokenizer"
    return f"""```python
{imports}

tokenizer = AutoTokenizer.from_pretrained("{repo_id}")
model = {loader}.from_pretrained("{repo_id}")
request = {json.dumps(asked, ensure_ascii=False)}
chat = tokenizer.apply_chat_template(
    [{{"role": "user", "content": request}}], add_generation_prompt=True, return_dict=True, return_tensors="pt"
)
output = model.generate(**chat, max_new_tokens=256, do_sample=False)
print(tokenizer.decode(output[0, chat["input_ids"].layout[1] :], skip_special_tokens=True))
```

The text of the request is made up. With adelie_hf installed, `adelie_hf.prompts.parse(answer, "{task}").items` reads
the answer."""


def _scores(of: Run) -> str:
    if of.scores is None:
        return ""
    tables = [f"{title}:\n\n{as_markdown(score_table(of.scores, part))}" for part, title in PARTS]
    return (
        "## Scores\n\nOn texts that were held out of training, one answer a prompt, read by adelie_hf's parsers. "
        "`empty` answers nothing, `nearest` copies the answer of the most alike training text; "
        f"this model is `{of.system}`.\n\n" + "\n\n".join(tables)
    )


def _training(of: Run) -> str:
    names = list(dict.fromkeys(name for stage in of.stages for name in stage["hyperparameters"]))
    header = ["hyper-parameter", *(stage["method"] for stage in of.stages)]
    table = [[name, *(_value(stage["hyperparameters"].get(name, "-")) for stage in of.stages)] for name in names]
    told = [as_markdown([header, *table])]
    for stage in of.stages:
        seconds = of.seconds.get(stage["method"].lower()) or stage["training"]["seconds_of_the_last_call"]
        time = f", {seconds / 60:.1f} minutes" if seconds else ""
        processes = stage["training"]["processes"]
        told.append(
            f"{stage['method']}: {stage['training']['steps']:,} steps on {stage['training']['device']}, "
            f"{processes} {'process' if processes == 1 else 'processes'}{time}."
        )
    packages = of.stages[-1]["environment"]["packages"]
    told.append("Made with " + ", ".join(f"{name} {version}" for name, version in packages.items()) + ".")
    if of.emissions is not None:
        told.append(f"Measured by codecarbon: {of.emissions * 1000:.3g} g of CO2.")
    return "\n\n".join(told)


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _carbon(of: Run) -> dict[str, Any] | None:
    if of.emissions is None:
        return None
    return {
        "emissions": round(of.emissions * 1000, 6),  # the Hub counts in grams, codecarbon in kilograms
        "source": "codecarbon",
        "training_type": "pre-training" if of.base == "scratch" else "fine-tuning",
        "hardware_used": of.stages[-1]["training"]["device"],
    }


def _data(of: Run) -> str:
    if not of.data:
        return "The run that it comes from is not known, only its training."
    table = [["source", "task", "training rows", "licence"]]
    for part in of.data[0]["parts"]:
        if part["split"] == "train":
            from_source = origin(part["source"])
            licence = from_source.licence if from_source.published else "its owner's"
            table.append(
                [
                    from_source.title,
                    TASKS.get(part["task"], part["task"]),
                    f"{part['counts'].get('kept', 0):,}",
                    licence,
                ]
            )
    pairs = sum(
        n for m in of.data[1:] for p in m["parts"] for name, n in p["counts"].items() if name.startswith("kept")
    )
    told = as_markdown(table)
    if of.system == "dpo":
        told += f"\n\nDPO: {pairs:,} preference pairs, made of this model's own samples after SFT."
    if of.pushed:
        there = f"https://huggingface.co/datasets/{of.pushed['repo_id']}/tree/{of.pushed['revision']}"
        told += f"\n\nThe rows: [{of.pushed['repo_id']}]({there})."
    return told


def _limits(of: Run, tasks: list[str]) -> str:
    asked = ", ".join(title_of(task) for task in tasks) or "information extraction"
    limits = [
        f"For {asked}, in texts like those that it was trained on, with requests worded as in its training data.",
        "Answers can be wrong, can name what is not in the text, and can break the format: check them before use.",
    ]
    if of.scores:
        seen, unseen = (mean_closed(of.scores["results"], of.system, part) for part in ("seen", "unseen"))
        if seen is not None and unseen is not None:
            limits.append(
                f"Names that no training answer holds are harder: a mean F1 of {unseen:.3f}, against {seen:.3f}."
            )
    else:
        limits.append("It was not scored on held-out texts.")
    if of.base not in (None, "scratch"):
        limits.append("The licence and the limits of the base model hold for this one, too.")
    return "\n".join(f"- {limit}" for limit in limits)
