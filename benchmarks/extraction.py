"""Time extraction from 64 texts under one schema: `python benchmarks/extraction.py [MODEL]`.

MODEL is a folder; SmolLM2 as `make weights` saves it if none is given. Weights are float32 and decoding is greedy.
Three figures: the extractor against `model.generate` text by text, constrained decoding against free decoding, and a
first extraction in a fresh process with a tiny model, beside the same number of tokens from transformers alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adelie_hf import Extractor, build_ieinstruct
from adelie_hf.answers import Answer
from adelie_hf.extraction import ExtractionSchema, Result
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.models import load_model, load_tokenizer, stop_tokens
from adelie_hf.models.smollm2 import weights_folder
from adelie_hf.records import Label
from adelie_hf.rows import read_build

TEXTS = 64
SOURCE = "sample-mit-restaurant"
MOST_TOKENS = 96  # of an answer
TINY = {"vocab_size": 1000, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
FIRST = """
import sys
from adelie_hf import Extractor
Extractor(sys.argv[1], max_new_tokens=32).entities("Ada Lovelace worked in London.", ["person", "place"])
"""
FIRST_TOKENS = """
import sys
from transformers import AutoModelForCausalLM, AutoTokenizer
inputs = AutoTokenizer.from_pretrained(sys.argv[1])("Ada Lovelace worked in London.", return_tensors="pt")
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
model.generate(input_ids=inputs["input_ids"], max_new_tokens=32, do_sample=False)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default=str(weights_folder()))
    parser.add_argument("--batch-size", type=int, default=16)
    args = parser.parse_args()
    tokenizer = load_tokenizer(args.model)
    model = load_model(args.model, tokenizer, dtype="float32")
    schema, texts = sample_texts()
    one_by_one(model, tokenizer, schema, texts[:2])  # warm up

    start = time.perf_counter()
    expected, prompt_tokens, text_tokens = one_by_one(model, tokenizer, schema, texts)
    slow = time.perf_counter() - start
    print(f"{args.model}: {len(texts)} texts, {sum(map(len, expected))} items")
    print(f"tokens of a prompt before its text: {1 - text_tokens / prompt_tokens:.0%} of {prompt_tokens:,}")
    print(f"text by text      {slow:7.1f} s  {sum(map(len, expected)) / slow:6.1f} items a second")

    options: dict[str, Any] = {"batch_size": args.batch_size, "max_new_tokens": MOST_TOKENS}
    free, seconds = timed(Extractor(model, tokenizer, **options), texts, schema)
    equal = sum(result.answer == answer for result, answer in zip(free, expected, strict=True))
    items = sum(map(len, free))
    print(f"extractor         {seconds:7.1f} s  {items / seconds:6.1f} items a second: {slow / seconds:.1f} times")
    print(f"equal answers     {equal} of {len(texts)}")

    held, held_seconds = timed(Extractor(model, tokenizer, constrained=True, **options), texts, schema)
    costs = [1000 * each / tokens(results, tokenizer) for each, results in ((seconds, free), (held_seconds, held))]
    print(f"constrained       {held_seconds:7.1f} s, {sum(result.status == 'valid' for result in held)} valid answers")
    print(f"a generated token {costs[0]:7.2f} ms free, {costs[1]:.2f} ms constrained: {costs[1] / costs[0]:.2f} times")
    ours, bare = fresh_processes(texts)
    print(f"first extraction  {ours:7.1f} s, a tiny model in a fresh process; transformers alone {bare:.1f} s")


def sample_texts() -> tuple[ExtractionSchema, list[str]]:
    """Return the schema of a source of the embedded sample, and texts of it."""
    with tempfile.TemporaryDirectory() as folder:
        build_ieinstruct("sample", out=f"{folder}/build")
        rows = [row for split in ("test", "train") for row in read_build(f"{folder}/build", split)[1]]
    chosen = [row for row in rows if row["source"] == SOURCE]
    labels = max((row["schema"] for row in chosen), key=len)
    schema = ExtractionSchema("ner", tuple(Label(label["name"]) for label in labels))
    return schema, list(dict.fromkeys(row["text"] for row in chosen))[:TEXTS]


def one_by_one(
    model: Any, tokenizer: Any, schema: ExtractionSchema, texts: Sequence[str]
) -> tuple[list[Answer], int, int]:
    """Return the answers to one request after the other, and the tokens of the prompts and of the texts in them."""
    answers, prompt_tokens, text_tokens = [], 0, 0
    stops = stop_tokens(tokenizer, model.generation_config)
    for text in texts:
        request = ExtractionRequest(schema, text)
        inputs = tokenizer.apply_chat_template(
            request.messages(), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        outputs = model.generate(
            **inputs,
            do_sample=False,
            repetition_penalty=1.0,
            max_new_tokens=MOST_TOKENS,
            eos_token_id=stops,
            pad_token_id=tokenizer.pad_token_id,
        )
        length = inputs["input_ids"].shape[1]
        answers.append(request.parse(tokenizer.decode(outputs[0, length:], skip_special_tokens=True)).items)
        prompt_tokens += length
        text_tokens += len(tokenizer.encode(text, add_special_tokens=False))
    return answers, prompt_tokens, text_tokens


def timed(extractor: Extractor, texts: list[str], schema: ExtractionSchema) -> tuple[list[Result], float]:
    """Return the results, and the seconds that they took after a first call."""
    extractor.run(texts[:2], schema)
    start = time.perf_counter()
    results = extractor.run(texts, schema)
    return results, time.perf_counter() - start


def tokens(results: Sequence[Result], tokenizer: Any) -> int:
    """Return the number of generated tokens, end tokens included."""
    outputs = [output for result in results for output in result.outputs]
    return sum(len(tokenizer.encode(output, add_special_tokens=False)) + 1 for output in outputs)


def fresh_processes(texts: Sequence[str]) -> tuple[float, float]:
    """Return the seconds from the start of Python to the first items, and to a first answer of transformers alone."""
    from adelie_hf.training import build_tiny_llama

    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 1024}
        build_tiny_llama(texts, model, TINY | heads, seed=0)
        return run_fresh(FIRST, model), run_fresh(FIRST_TOKENS, model)


def run_fresh(code: str, model: Path) -> float:
    """Return the seconds that code takes in a process of its own, the least of three."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, model], check=True, stderr=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    main()
