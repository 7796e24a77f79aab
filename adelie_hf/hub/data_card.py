"""The card of a data set, from its manifest and its rows."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from huggingface_hub import DatasetCard, DatasetCardData

from adelie_hf.bundled import bundled
from adelie_hf.hub.origins import Origin, hub_licences, origin
from adelie_hf.report import as_markdown
from adelie_hf.tasks import title_of

Counts = dict[str, Counter[tuple[str, str]]]

TITLES = {"ieinstruct": "IEInstruct", "iefeedback": "IEFeedback"}
_WHAT = {
    "ieinstruct": "Information extraction as chat: each row asks one question of one text and gives the gold answer.",
    "iefeedback": "Preference pairs for information extraction: two answers to one prompt, one of them better. Both "
    "are answers of a model, or the better one is the gold answer (`kind` is `offline`).",
}
_TRAINERS = {"ieinstruct": "`SFTTrainer`, `trl sft`", "iefeedback": "`DPOTrainer`, `trl dpo`"}
_SHOWN = ("prompt", "completion", "chosen", "rejected")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
PAPER = (
    "Yunjia Qi, Hao Peng, Xiaozhi Wang, Bin Xu, Lei Hou, Juanzi Li. 2024. ADELIE: Aligning Large Language Models on "
    "Information Extraction. EMNLP. [arXiv:2405.05008](https://huggingface.co/papers/2405.05008)"
)


def card(
    about: dict[str, Any],
    repo_id: str,
    counts: Counts,
    examples: dict[str, dict[str, Any]],
    columns: list[str],
    model: str | None,
) -> str:
    """The card of IEInstruct or IEFeedback rows.

    Args:
        about: the manifest, with `removed` (source -> rows left out) and `configs`.
        repo_id: where it goes.
        counts: split -> (task, source) -> rows.
        examples: task -> one of its rows.
        columns: the rows' columns.
        model: the model whose samples IEFeedback is made of, where it is known and has an id on the Hub.
    """
    rows = sum(of_split.total() for of_split in counts.values())
    tasks = sorted({task for of_split in counts.values() for task, _ in of_split})
    origins = [origin(name) for name in sorted({name for of_split in counts.values() for _, name in of_split})]
    kind, config = about["kind"], about["configs"][-1]["config_name"]
    data = DatasetCardData(
        pretty_name=TITLES[kind],
        language=["en"] if all(each.published for each in origins) else None,
        license=hub_licences(origins),
        task_categories=["text-generation"],
        size_categories=next((name for limit, name in _SIZES if rows < limit), "1M<n<10M"),
        tags=["information-extraction", kind, "adelie_hf", *tasks],
        configs=about["configs"],
    )
    sections = [
        f"# {TITLES[kind]}\n\n{_WHAT[kind]} It was built with adelie_hf {about['environment']['adelie_hf']}.",
        f'```python\nfrom datasets import load_dataset\n\nload_dataset("{repo_id}")\nload_dataset("{repo_id}", '
        f'"{config}")\n```\n\nNo other library is needed. {_TRAINERS[kind]} take the rows as they are.',
        f"## Composition\n\n{_composition(counts)}",
        f"## Sources\n\n{_sources(origins)}",
        _not_here(about["removed"]),
        _construction(about, model),
        f"## Columns\n\n{_columns(kind, columns)}",
        "## Examples\n\n" + "\n\n".join(_example(task, row) for task, row in examples.items()),
        f"## Known limits\n\n{_limits(about, origins)}",
        f"## Citation\n\nThe method: {PAPER}\n\nPlease cite the sources of the rows that you use, too.",
    ]
    body = "\n\n".join(section for section in sections if section)
    return str(DatasetCard(f"---\n{data.to_yaml()}\n---\n\n{body}\n"))


def _composition(counts: Counts) -> str:
    table = [
        [split, title_of(task), f"`{source}`", f"{number:,}"]
        for split, of_split in counts.items()
        for (task, source), number in of_split.items()
    ]
    totals = ", ".join(f"{split} {of_split.total():,}" for split, of_split in counts.items())
    return f"{as_markdown([['split', 'task', 'source', 'rows'], *table])}\n\nRows: {totals}."


def _sources(origins: list[Origin]) -> str:
    table = [["source", "what it is", "licence", "citation"]]
    for each in origins:
        what = f"[{each.title}]({each.url})" if each.url else each.title
        licence = "for its publisher to say" if not each.published else each.licence
        table.append([f"`{each.name}`", what, licence, each.citation])
    told = "The licence of a row is that of its source."
    if any(each.licence == "not stated" for each in origins):
        told += " Where none is stated, ask the source's authors before you pass its rows on."
    return f"{as_markdown(table)}\n\n{told}"


def _not_here(removed: dict[str, int]) -> str:
    if not removed:
        return ""
    table = [["source", "rows left out", "licence", "whom to ask"]]
    for name, rows in removed.items():
        of = origin(name)
        table.append([f"[{of.title}]({of.url})", f"{rows:,}", of.licence, of.licensed])
    return (
        "## Not in this repository\n\nThese sources may not be passed on, and their rows were left out. "
        f"Who has them can build the rows with the same settings.\n\n{as_markdown(table)}"
    )


def _setting(value: Any) -> str:
    return ", ".join(f"{name} {each}" for name, each in value.items()) if isinstance(value, dict) else str(value)


def _construction(about: dict[str, Any], model: str | None) -> str:
    given = (
        (name, value) for name, value in about["settings"].items() if value not in (None, {}) and value is not False
    )
    settings = "; ".join(f"{name} {_setting(value)}" for name, value in given)
    header = ["split", "source", "task", "read", "kept", "dropped"]
    table = [header] + [
        [part["split"], part.get("source", part.get("file", "")), part.get("task", "all"), *_numbers(part["counts"])]
        for part in about["parts"]
    ]
    sampled = f" The answers are samples of {_model(model)}." if about["kind"] == "iefeedback" else ""
    return (
        f"## Construction\n\nSettings: {settings}.{sampled} `manifest.json` has the digest of each input file, and "
        f"the versions of what made the rows.\n\n{as_markdown(table)}"
    )


def _model(model: str | None) -> str:
    if model == "scratch":
        return "a small model that was trained from random weights"
    return f"a model trained from [{model}](https://huggingface.co/{model})" if model and "/" in model else "a model"


def _numbers(counts: dict[str, int]) -> list[str]:
    """What was read, kept and dropped, with what a kept or dropped count is qualified by."""

    def told(word: str) -> str:
        found = {name.removeprefix(word).strip(": "): n for name, n in counts.items() if name.startswith(word)}
        return "; ".join(f"{name}: {number:,}" if name else f"{number:,}" for name, number in found.items()) or "0"

    return [told("read"), told("kept"), told("dropped")]


def _columns(kind: str, columns: list[str]) -> str:
    """The rows of the table of columns in the builder's own card."""
    lines = bundled("dataset_scripts", kind, "README.md").read_text(encoding="utf-8").splitlines()
    known = [line for line in lines if line.startswith("| `") and set(re.findall(r"`(\w+)`", line)) & set(columns)]
    return "\n".join(["| column | holds |", "|---|---|", *known])


def _example(task: str, row: dict[str, Any]) -> str:
    shown = {column: [_cut(turn) for turn in row[column]] for column in _SHOWN if column in row}
    text = json.dumps(shown, indent=1, ensure_ascii=False)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{title_of(task).capitalize()} (`{row['id']}`):\n\n{fence}json\n{text}\n{fence}"


def _cut(turn: dict[str, str]) -> dict[str, str]:
    content = turn["content"]
    return turn | {"content": content if len(content) <= 800 else f"{content[:800]} [...]"}


def _limits(about: dict[str, Any], origins: list[Origin]) -> str:
    limits = ["Answers are as right as the sources' annotation: nothing was corrected by hand."]
    dropped = sum(n for part in about["parts"] for name, n in part["counts"].items() if name.startswith("dropped"))
    if dropped:
        limits.append(f"{dropped:,} questions or records were left out, for the reasons in the table above.")
    if about["settings"].get("no_answer") is not None:
        share = about["settings"]["no_answer"]
        limits.append(
            f"Of the training questions without an answer {share:.0%} were kept: their share is not natural."
        )
    if any(each.name.startswith("sample-") for each in origins):
        limits.append(
            "The texts of the sources `sample-...` are made up by a program. They show the shape of the data."
        )
    if about["kind"] == "iefeedback":
        limits.append("The rejected answers are the errors of one model; another model makes others.")
    if not all(each.published for each in origins):
        limits.append("The language and the licence of the publisher's own data are not known to the tool.")
    return "\n".join(f"- {limit}" for limit in limits)
