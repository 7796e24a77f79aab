"""Samples files from a model behind an endpoint, in the form that `recipes/sample.py` writes.

The model is asked by requests (`sample_endpoint`), or by files in OpenAI's batch format: `write_batch` writes one,
which a provider or `vllm run-batch` answers, and `read_batch` reads what comes back.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.files import write_json_lines
from adelie_hf.manifest import Counts, write_file_manifest
from adelie_hf.rows import InstructRow, read_build
from adelie_hf.sampling.checks import check_counts
from adelie_hf.sampling.endpoint import BadRequest, Chat, Endpoint, Reply, chat_seed, read_replies, request_replies
from adelie_hf.sampling.prompts import choose_prompts
from adelie_hf.sampling.samples_file import sampled_row
from adelie_hf.tasks import GENERAL
from adelie_hf.text_files import excerpt, read_json_lines

logger = logging.getLogger(__name__)

_BATCH_URL = "/v1/chat/completions"

# The replies to a prompt, the reason of a refusal, or None for none.
Outcome = Sequence[Reply] | BadRequest | None


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """What is sampled.

    Args:
        split: the split of the build.
        prompts: at most this many prompts, drawn by their ids; all for None.
        n: samples per prompt.
        temperature: the sampling temperature.
        max_new_tokens: the maximum length of a sample, in tokens.
        seed: it decides which prompts are drawn, and seeds the requests.

    Raises:
        InputError: for a number that is not positive.
    """

    split: str = "train"
    prompts: int | None = None
    n: int = 5
    temperature: float = 1.0
    max_new_tokens: int = 512
    seed: int = 42

    def __post_init__(self) -> None:
        check_counts(prompts=self.prompts, n=self.n, max_new_tokens=self.max_new_tokens)


def sample_endpoint(data: str | Path, endpoint: Endpoint, out: Path, options: SampleOptions) -> Counts:
    """Write a samples file with a model's answers to the prompts of a build.

    Args:
        data: the folder of the build of IEInstruct.
        endpoint: the model.
        out: the samples file.

    Returns:
        The prompts read, kept, and dropped by reason.

    Raises:
        InputError: as `read_build` and `request_replies`.
    """
    file, rows, counts = _prompts(data, options)
    outcomes = request_replies([_chat(row, options) for row in rows], endpoint, out)
    return _write_samples(out, rows, outcomes, counts, endpoint.model, options, [file])


def write_batch(data: str | Path, model: str, out: Path, options: SampleOptions) -> Counts:
    """Write the requests for the prompts of a build as a file in OpenAI's batch format; see `sample_endpoint`."""
    _, rows, counts = _prompts(data, options)
    chats = [_chat(row, options) for row in rows]
    lines = [
        {
            "custom_id": row["id"],
            "method": "POST",
            "url": _BATCH_URL,
            "body": {
                "model": model,
                "messages": chat.messages,
                "temperature": chat.temperature,
                "max_tokens": chat.max_tokens,
                "seed": chat.seed,
                "n": chat.n,
            },
        }
        for row, chat in zip(rows, chats, strict=True)
    ]
    write_json_lines(out, lines)
    counts.kept["requests"] = len(lines)
    return counts


def read_batch(data: str | Path, model: str, replies: Path, out: Path, options: SampleOptions) -> Counts:
    """Write a samples file from the replies to `write_batch` with the same options; see `sample_endpoint`.

    Args:
        replies: what the batch gave back, in any order.

    Raises:
        InputError: for a file in another form, a request that has two replies, one that was not made, replies of
            another model, and a number of replies that no request has.
    """
    file, rows, counts = _prompts(data, options)
    known = {row["id"] for row in rows}
    outcomes: dict[str, Outcome] = {}
    for number, line in read_json_lines(replies):
        row_id = _field(line, "custom_id")
        if not isinstance(row_id, str) or row_id not in known:
            raise InputError(
                f"{replies}:{number}: not a reply to a request of this build and these options ({row_id!r}); give "
                "those that the requests were written with"
            )
        if row_id in outcomes:
            raise InputError(f"{replies}:{number}: a second reply to {row_id!r}; keep one")
        outcomes[row_id] = _outcome(line)
        if not _is_of_model(line, model):
            raise InputError(
                f"{replies}:{number}: a reply of the model {_body(line)['model']!r}, not of {model!r}; give the model "
                "that replied",
                parameter="model",
            )
    _check_number(outcomes.values(), replies, options.n)
    return _write_samples(
        out, rows, [outcomes.get(row["id"]) for row in rows], counts, model, options, [file, replies]
    )


def _prompts(data: str | Path, options: SampleOptions) -> tuple[Path, list[InstructRow], Counts]:
    file, rows = read_build(data, options.split)
    general = sum(row["task"] == GENERAL for row in rows)
    chosen = choose_prompts(rows, options.prompts, options.seed)
    counts = Counts(read=len(chosen) + general)
    if general:
        counts.dropped["general data has no gold answer"] = general
    return file, chosen, counts


def _chat(row: InstructRow, options: SampleOptions) -> Chat:
    seed = chat_seed(options.seed, row["id"], "sample")
    return Chat(row["prompt"], options.temperature, options.max_new_tokens, seed, options.n)


def _outcome(line: Mapping[str, Any]) -> Sequence[Reply] | BadRequest:
    """Return what a line of a batch's output says: the replies, or why there is none."""
    body = _body(line)
    try:
        return read_replies(body)
    except ValueError as error:
        said = line.get("error") or _field(body, "error")
        return BadRequest(excerpt(str(said or f"{error}: {line.get('response') or line}")))


def _is_of_model(line: Mapping[str, Any], model: str) -> bool:
    """Return whether a line names this model, or a dated version of it as OpenAI's API does, or none."""
    name = _field(_body(line), "model")
    return not isinstance(name, str) or re.fullmatch(rf"{re.escape(model)}(-\d[\d-]*)?", name) is not None


def _check_number(outcomes: Iterable[Outcome], replies: Path, n: int) -> None:
    """Raise InputError if replies were given and none of the requests has n of them: another number was asked for."""
    numbers = {len(outcome) for outcome in outcomes if outcome and not isinstance(outcome, BadRequest)}
    if numbers and n not in numbers:
        raise InputError(
            f"{replies}: no request has {n} replies, but {max(numbers)}; give the number of the requests",
            parameter="n",
        )


def _body(line: Mapping[str, Any]) -> Any:
    return _field(line.get("response"), "body")


def _field(value: object, name: str) -> Any:
    """Return a field of a JSON object; None for a value of another kind and an object without it."""
    return value.get(name) if isinstance(value, dict) else None


def _write_samples(
    out: Path,
    rows: Sequence[InstructRow],
    outcomes: Sequence[Outcome],
    counts: Counts,
    model: str,
    options: SampleOptions,
    inputs: Sequence[Path],
) -> Counts:
    sampled = []
    for row, outcome in zip(rows, outcomes, strict=True):
        if isinstance(outcome, BadRequest):
            counts.dropped["rejected by the endpoint"] += 1
            logger.warning("%s: %s", row["id"], outcome.reason)
        elif not outcome:
            counts.dropped["without a reply"] += 1
        else:
            counts.kept["prompts"] += 1
            kept = outcome[: options.n]
            counts.noted["empty answers"] += sum(not reply.text.strip() for reply in kept)
            counts.noted["prompts with fewer answers than were asked for"] += len(kept) < options.n
            counts.noted["prompts with more answers than were asked for, which are left out"] += len(kept) < len(
                outcome
            )
            sampled.append(sampled_row(row, [(reply.text, reply.finish) for reply in kept]))
    if not sampled:
        raise InputError(f"{out}: not written, since no prompt has a reply ({counts})")
    write_json_lines(out, sampled)
    write_file_manifest(out, "samples", {"model": model, **asdict(options)}, {options.split: counts}, inputs)
    return counts
