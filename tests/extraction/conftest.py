"""A tiny model with random weights, texts that are hard to place, and a model that answers what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

TEXTS = [
    "Acme bought Globex in Paris. Ada Lovelace leads Acme, and Globex makes engines in New York.",
    "Rebels attacked the town of Ulm at 14:30. The town fell.",
    "Find the named entities of the text. Entity types: person, organization.",
    'Answer as "[Answer]: entity: type;" for each entity, or "[Answer]: NA". [Answer]: (Acme; owns; Globex);',
]

# Letters, delimiters of formats, white space of all kinds, an emoji, accents, directions, controls, a lone surrogate.
_CHARACTERS = list('aAbN .;:(),"\\|\n\t-é\u0301ßﬁİ北京ไทยनम\u202e\u200f\u2028\x00\x1c\x85\xa0\U0001f600\ud800')


@pytest.fixture(scope="session")
def any_text() -> SearchStrategy[str]:
    """Any text, lone surrogates included; most have few different characters, so that mentions occur in them."""
    return st.text(st.sampled_from(_CHARACTERS), max_size=40) | st.text(st.characters(), max_size=20)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Llama with random weights; its tokenizer has all bytes and a few words."""
    pytest.importorskip("torch", reason="needs the extra `train`")
    from adelie_hf.training import build_tiny_llama

    folder = tmp_path_factory.mktemp("tiny") / "model"
    config = {
        **{"vocab_size": 360, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2},
        **{"num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 1024},
    }
    build_tiny_llama(TEXTS, folder, config, seed=1)
    return folder


@pytest.fixture
def scripted(tiny: Path) -> Callable:
    """A function that makes an extractor whose model gives the answers of a function: user message -> answer."""
    from adelie_hf import Extractor
    from adelie_hf.extraction.generate import Generated
    from adelie_hf.models import load_tokenizer

    def make(answer: Callable[[str], str], **options) -> Extractor:
        from transformers import AutoModelForCausalLM

        extractor = Extractor(AutoModelForCausalLM.from_pretrained(tiny), load_tokenizer(str(tiny)), **options)

        def generate(requests: Sequence) -> Iterator:
            extractor.asked = [request.messages() for request in requests]  # type: ignore[attr-defined]
            for number in reversed(range(len(requests))):
                yield number, Generated(answer(extractor.asked[number][-1]["content"]))  # type: ignore[attr-defined]

        extractor.generator = generate
        return extractor

    return make
