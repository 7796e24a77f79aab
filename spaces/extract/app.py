"""The Space that extracts: a model, a schema and a text in, the marked text out."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
from huggingface_hub import SpaceCard

from adelie_hf import Extractor
from adelie_hf.extraction import read_schema, result_frame
from adelie_hf.report.metric_space import explained

SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"
EXAMPLES = [
    [
        SMOLLM2,
        "person, organization, place, date",
        "Ada Lovelace worked with Charles Babbage at the University of London in 1843.",
    ],
    [
        SMOLLM2,
        "relations:\n  owns: a company has another one\n  located in:",
        "Acme of Springfield bought Globex in May.",
    ],
    [SMOLLM2, "events:\n  attack: [attacker, target, place]", "Rebels attacked the convoy near Baghdad on Sunday."],
    [SMOLLM2, "triples: true", "Marie Curie, who was born in Warsaw, won two Nobel Prizes."],
    [SMOLLM2, "table: the price of each dish", "The soup is 4 euros, the risotto 12 euros and the catch 18 euros."],
]


@lru_cache(maxsize=1)
def extractor(model: str) -> Extractor:
    """Return the extractor of the model that was asked last; its answers have the requested form."""
    return Extractor(model, constrained=True)


@explained
def extract(model: str, schema: str, text: str) -> tuple[str, dict[str, Any]]:
    """Return the marked text, and the result as JSON."""
    result = extractor(model.strip()).run(text, read_schema(schema))
    return result_frame([result]), result.to_dict()


card = SpaceCard(Path(__file__).with_name("README.md").read_text(encoding="utf-8"))
first_model, first_schema, first_text = EXAMPLES[0]
demo = gr.Interface(
    extract,
    [
        gr.Textbox(first_model, label="Model", info="A model of the Hub, or a folder with a model or an adapter."),
        gr.Textbox(
            first_schema,
            label="Schema",
            lines=4,
            max_lines=20,
            info="Entity types with commas or one a line; or YAML with one of the keys entities, relations, events, "
            "triples and table.",
        ),
        gr.Textbox(first_text, label="Text", lines=6, max_lines=30),
    ],
    [gr.HTML(label="Result"), gr.JSON(label="Result as JSON", open=False, max_height=400)],
    examples=EXAMPLES,
    title=card.data.get("title"),
    description=card.data.get("description"),
    article=card.text,
    submit_btn="Extract",
    api_name="extract",
    flagging_mode="never",
    analytics_enabled=False,
)

if __name__ == "__main__":
    demo.launch()
