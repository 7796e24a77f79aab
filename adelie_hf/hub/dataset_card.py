"""The card of a data set: the values that `templates/dataset_card.md.j2` shows."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import DatasetCard, DatasetCardData

from adelie_hf.bundled import bundled
from adelie_hf.hub.origins import PAPER, Origin, hub_licences, origin
from adelie_hf.manifest import BuildManifest
from adelie_hf.report.markdown import cell, code_cell, code_span, fenced
from adelie_hf.report.pair_figures import PairFigures, criteria_agreement
from adelie_hf.rows import Message
from adelie_hf.tasks import title_of

# (task, source) -> number of rows.
RowCounts = Counter[tuple[str, str]]

# Shape of IEFeedback -> what its rows are, and what reads them as they are.
_SHAPES = {
    "pairs": ("Preference pairs", "`DPOTrainer` and `trl dpo`"),
    "all_pairs": ("Preference pairs", "`DPOTrainer` and `trl dpo`"),
    "unpaired": ("Good and bad answers", "`KTOTrainer` and `trl kto`"),
    "ranked": ("Ranked answers", ""),
    "best_of_n": ("The best of several answers", "`SFTTrainer` and `trl sft`"),
}
TITLES = {"ieinstruct": "IEInstruct", "iefeedback": "IEFeedback"}
_TEMPLATE = Path(__file__).parent / "templates" / "dataset_card.md.j2"
_LONGEST_TURN = 800  # characters of a turn in an example
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


class Composition(NamedTuple):
    """The number of rows of a task of a source in a split."""

    split: str
    task: str
    source: str
    rows: int


class Removed(NamedTuple):
    """The number of rows of a source that were left out, since its licence forbids passing them on."""

    origin: Origin
    rows: int


class ExampleRow(NamedTuple):
    """A row to show: its id, and its chats by column."""

    id: str
    chats: Mapping[str, Sequence[Message]]


class CardExample(NamedTuple):
    """A row as the card shows it: its chats as JSON."""

    task: str
    id: str
    json: str


def dataset_card(
    manifest: BuildManifest,
    repo_id: str,
    counts: Mapping[str, RowCounts],
    examples: Mapping[str, ExampleRow],
    columns: Sequence[str],
    model: str | None,
    figures: PairFigures | None = None,
) -> str:
    """Return the card of IEInstruct or IEFeedback.

    Args:
        manifest: the manifest of the pushed data set, with `configs`.
        repo_id: the repository.
        counts: split -> numbers of rows.
        examples: task -> one of its rows.
        columns: the names of the rows' columns.
        model: the base of the model that gave the samples of IEFeedback: a Hub id or `scratch`, where it is known.
        figures: those of its pairs.
    """
    rows_are, read_by = "", "`SFTTrainer` and `trl sft`"
    if manifest.kind == "iefeedback":
        rows_are, read_by = _SHAPES[str(manifest.settings.get("shape", "pairs"))]
    origins = [origin(name) for name in sorted({name for rows in counts.values() for _, name in rows})]
    configs = manifest.configs or []
    card = DatasetCard.from_template(
        _metadata(manifest, counts, origins),
        template_path=str(_TEMPLATE),
        cell=cell,
        code_cell=code_cell,
        code_span=code_span,
        fenced=fenced,
        manifest=manifest,
        title=TITLES[manifest.kind],
        repo_id=repo_id,
        example_config=configs[-1].config_name if configs else "default",
        composition=[
            Composition(split, title_of(task), source, number)
            for split, rows in counts.items()
            for (task, source), number in rows.items()
        ],
        totals={split: rows.total() for split, rows in counts.items()},
        origins=origins,
        removed=[Removed(origin(name), rows) for name, rows in (manifest.removed or {}).items()],
        settings=_settings(manifest.settings),
        model=model,
        rows_are=rows_are,
        read_by=read_by,
        figures=figures,
        agreement=criteria_agreement(manifest),
        column_rows=_column_rows(manifest.kind, columns),
        examples=[_example(task, row) for task, row in examples.items()],
        dropped=sum(sum(unit.counts.dropped.values()) for unit in manifest.units),
        paper=PAPER,
    )
    return f"{card}\n"


def _metadata(manifest: BuildManifest, counts: Mapping[str, RowCounts], origins: Sequence[Origin]) -> DatasetCardData:
    total = sum(rows.total() for rows in counts.values())
    tasks = sorted({task for rows in counts.values() for task, _ in rows})
    return DatasetCardData(
        pretty_name=TITLES[manifest.kind],
        language=["en"] if all(source.published for source in origins) else None,
        license=hub_licences(origins),
        task_categories=["text-generation"],
        size_categories=next((name for limit, name in _SIZES if total < limit), "1M<n<10M"),
        tags=["information-extraction", manifest.kind, "adelie_hf", *tasks],
        configs=[config.to_json() for config in manifest.configs or []],
    )


def _settings(settings: Mapping[str, object]) -> dict[str, str]:
    """Return the settings that have an effect, as text."""
    return {
        name: ", ".join(f"{key} {entry}" for key, entry in value.items()) if isinstance(value, dict) else str(value)
        for name, value in settings.items()
        if value not in (None, {}) and value is not False
    }


def _column_rows(kind: str, columns: Sequence[str]) -> list[str]:
    """Return the rows, in Markdown, of the table of columns in the card of the data set's own builder."""
    lines = bundled("dataset_scripts", kind, "README.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("| `") and set(re.findall(r"`(\w+)`", line)) & set(columns)]


def _example(task: str, row: ExampleRow) -> CardExample:
    chats = {column: [_cut(message) for message in chat] for column, chat in row.chats.items()}
    return CardExample(title_of(task), row.id, json.dumps(chats, indent=1, ensure_ascii=False))


def _cut(message: Message) -> Message:
    content = message["content"]
    cut = content if len(content) <= _LONGEST_TURN else f"{content[:_LONGEST_TURN]} [...]"
    return {"role": message["role"], "content": cut}
