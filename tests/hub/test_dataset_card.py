"""The card of a data set: every variable of its template is given, and no text breaks out of its place."""

from __future__ import annotations

from collections import Counter
from functools import partial

import jinja2
import pytest
import yaml

from adelie_hf.hub.dataset import make_configs
from adelie_hf.hub.dataset_card import ExampleRow, dataset_card
from adelie_hf.iefeedback import DISAGREEMENT
from adelie_hf.manifest import BuildManifest, CountsEntry, UnitEntry, environment
from adelie_hf.report.pair_figures import PairFigures
from adelie_hf.rows import message

HOSTILE = "a | b `c` ``` </script> [d](e)"


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an unknown variable of a template an error."""
    monkeypatch.setattr(jinja2, "Template", partial(jinja2.Template, undefined=jinja2.StrictUndefined))


def card(
    kind,
    source: str = "fewrel",
    model: str | None = None,
    figures: PairFigures | None = None,
    noted: dict[str, int] | None = None,
    **settings: object,
) -> str:
    counts = {"train": Counter({("rc", source): 1200})}
    unit = UnitEntry(
        split="train",
        source=source,
        task="rc",
        counts=CountsEntry(read=1205, kept={"rows": 1200}, dropped={HOSTILE: 5}, noted=noted or {}),
    )
    manifest = BuildManifest(
        kind=kind,
        settings=settings,
        units=[unit],
        inputs={},
        removed={"tacred": 3},
        configs=make_configs(counts),
        outputs={},
        environment=environment(),
    )
    chats = {"prompt": [message("user", HOSTILE)], "completion": [message("assistant", "x" * 900)]}
    examples = {"rc": ExampleRow(HOSTILE, chats)}
    return dataset_card(manifest, "user/rows", counts, examples, ["id", "prompt"], model, figures)


def test_the_sections_of_a_card():
    text = card("ieinstruct", no_answer=0.25, caps={"rc": 4}, tokenizer=None)
    assert "| train | relation classification | `fewrel` | 1,200 |" in text and "Rows: train 1,200." in text
    assert "Settings: no_answer 0.25; caps rc 4." in text and "25% were kept" in text
    assert "| [TACRED](https://catalog.ldc.upenn.edu/LDC2018T24) | 3 | LDC User Agreement |" in text
    assert "| `id`, `source`, `task` |" in text and "- 5 questions or records were left out" in text
    assert f'"{"x" * 800} [...]"' in text
    assert "\n\n\n" not in text and text.endswith(".\n") and not text.endswith("\n\n")
    assert yaml.safe_load(text.split("---")[1])["size_categories"] == "1K<n<10K"


def test_the_model_behind_iefeedback():
    assert "samples of a small model that was trained from random weights." in card("iefeedback", model="scratch")
    assert "a model trained from [user/base](https://huggingface.co/user/base)." in card(
        "iefeedback", model="user/base"
    )
    assert "The answers are samples of a model." in card("iefeedback")
    assert "SFTTrainer" not in card("iefeedback") and "DPOTrainer" in card("iefeedback")


def test_pairs_are_beside_those_of_the_paper():
    figures = PairFigures()
    for kind, chosen, rejected in (("online", 0.75, 0.25), ("offline", 0.9, 0.0), ("offline", 0.9, 0.5)):
        pair = {"source": "fewrel", "task": "rc", "kind": kind, "score_chosen": chosen, "score_rejected": rejected}
        for source in ("fewrel", "mine", "tacred"):
            figures.add(pair | {"source": source})
    text = card("iefeedback", figures=figures.without(["tacred"]), noted={DISAGREEMENT: 30})
    assert "| source | task | online | offline | mean difference | pairs in the paper | difference there |\n" in text
    assert "| fewrel | rc | 1 | 2 | 0.667 | 733 | 0.840 |\n| mine | rc | 1 | 2 | 0.667 |  |  |\n\n" in text
    assert (
        "the paper's is by BLEU (Table 8). BLEU and the metric of the task rank the two sides alike in 97.5 %" in text
    )
    assert "\n\n\n" not in text
    own = PairFigures()
    own.add(pair | {"source": "mine"})
    assert "in the paper" not in card("iefeedback", figures=own)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ("all_pairs", "Preference pairs for information extraction: two answers"),
        ("unpaired", "`KTOTrainer` and `trl kto` read the rows as they are."),
        ("ranked", "Ranked answers for information extraction: answers of a model"),
        ("best_of_n", "`SFTTrainer` and `trl sft` read the rows as they are."),
    ],
)
def test_the_card_is_about_the_shape_of_the_rows(shape, says):
    text = card("iefeedback", shape=shape)
    assert says in text and "rank the two sides alike" not in text
    assert ("DPOTrainer" in text) == (shape == "all_pairs") and ("read the rows" in text) == (shape != "ranked")


def test_the_data_of_a_user_has_no_known_language_or_licence():
    text = card("ieinstruct", source="bio")
    data = yaml.safe_load(text.split("---")[1])
    assert data["license"] == ["unknown"] and "language" not in data
    assert "are not known to adelie_hf" in text and "are not known to adelie_hf" not in card("ieinstruct")


def test_no_text_breaks_out_of_its_place():
    text = card("ieinstruct", source=HOSTILE, descriptions=HOSTILE)
    escaped = r"a \| b \`c\` \`\`\` \</script> [d\](e)"
    assert f"Settings: descriptions {escaped}." in text and f"| {escaped}: 5 |" in text
    assert "| ````a \\| b `c` ``` </script> [d](e)```` |" in text
    assert f"Relation classification (````{HOSTILE}````):" in text
    assert f'````json\n{{\n "prompt": [\n  {{\n   "role": "user",\n   "content": "{HOSTILE}"' in text
