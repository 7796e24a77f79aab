"""New task descriptions by a model behind an endpoint (paper, section 3.2 and appendix A.1).

As in Self-Instruct (Wang et al., 2023, section 2.2): the model reads a few of the library's descriptions and a few of
its own that were accepted, and writes another; one that resembles a known one too closely is dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import yaml

from adelie_hf.draws import shuffled
from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write
from adelie_hf.manifest import Counts, write_file_manifest
from adelie_hf.prompts import descriptions
from adelie_hf.rows import Message, message
from adelie_hf.sampling.endpoint import BadRequest, Chat, Endpoint, Reply, chat_seed, request_replies
from adelie_hf.sampling.llm_prompts import load_llm_prompt
from adelie_hf.scoring.rouge import rouge_lsum
from adelie_hf.tasks import title_of

_MAX_NEW_TOKENS = 256
_SEED_EXAMPLES, _OWN_EXAMPLES = 3, 2  # the library's and the model's descriptions in a prompt (section 3.2)
_ROUND = 5  # requests per task at a time: the next ones show the descriptions that these gave
_ATTEMPTS = 4  # for each description to be written
_MAX_SIMILARITY = 0.7  # ROUGE-L F1 (Self-Instruct, section 2.2)
_WORDS = range(5, 61)
_SLOT = re.compile(r"\{(\w+)\}")
_LIST_MARK = re.compile(r"^(?:\d+[.)]|[-*•])\s+")


def describe(
    tasks: Sequence[str],
    endpoint: Endpoint,
    out: Path,
    *,
    number: int = 20,
    temperature: float = 0.7,
    seed: int = 42,
) -> dict[str, Counts]:
    """Write new descriptions of tasks as YAML, in the form of `prompts/data/descriptions.yaml`.

    Args:
        tasks: the tasks to describe.
        endpoint: the model.
        out: the file to write.
        number: how many descriptions to write for each task. At most four times as many are requested.
        temperature: the sampling temperature (appendix A).
        seed: it decides which descriptions a prompt shows, and seeds the requests.

    Returns:
        task -> the replies read, the descriptions kept, and replies dropped by reason (see `description_problem`).

    Raises:
        InputError: as `request_replies`, for a task without descriptions, and for one without a usable reply.
    """
    seeds = {task: descriptions(task) for task in tasks}
    for task in tasks:
        if not seeds[task]:
            raise InputError(f"{task} has no task descriptions: its users write their own requests")
    accepted: dict[str, list[str]] = {task: [] for task in tasks}
    counts = {task: Counts() for task in tasks}
    while requests := [
        (task, attempt) for task in tasks for attempt in _next_attempts(number, len(accepted[task]), counts[task].read)
    ]:
        examples = [_examples(seeds[task], accepted[task], seed, f"{task}/{attempt}") for task, attempt in requests]
        chats = [
            Chat(
                _messages(task, shown), temperature, _MAX_NEW_TOKENS, chat_seed(seed, f"{task}/{attempt}", "describe")
            )
            for (task, attempt), shown in zip(requests, examples, strict=True)
        ]
        for (task, _), shown, replies in zip(requests, examples, request_replies(chats, endpoint, out), strict=True):
            counts[task].read += 1
            if isinstance(replies, BadRequest):
                counts[task].dropped["refused"] += 1
            elif problem := description_problem(replies[0], shown[0], seeds[task] + accepted[task]):
                counts[task].dropped[problem] += 1
            else:
                counts[task].kept["descriptions"] += 1
                accepted[task].append(_strip_marks(replies[0].text))
    for task in tasks:
        if not accepted[task]:
            reasons = ", ".join(f"{count} {reason}" for reason, count in counts[task].dropped.most_common())
            raise InputError(f"{task}: none of {counts[task].read} replies can be used: {reasons}")
    with atomic_write(out) as partial:
        content = yaml.safe_dump(accepted, allow_unicode=True, sort_keys=False, width=1000)
        partial.write_text(f"# Task descriptions by {endpoint.model}.\n{content}", encoding="utf-8")
    settings = {"model": endpoint.model, "number": number, "temperature": temperature, "seed": seed}
    write_file_manifest(out, "descriptions", settings, counts)
    return counts


def _next_attempts(number: int, accepted: int, attempted: int) -> range:
    """Return the numbers of a task's next requests."""
    return range(attempted, min(attempted + min(number - accepted, _ROUND), _ATTEMPTS * number))


def _examples(seeds: Sequence[str], accepted: Sequence[str], seed: int, identity: str) -> list[str]:
    """Draw descriptions of both kinds, all with the same slots: these the new description must have, too."""
    drawn = shuffled(seeds, seed, identity, "ours")
    slots = _slots(drawn[0])
    seed_examples = [text for text in drawn if _slots(text) == slots][:_SEED_EXAMPLES]
    own_examples = [text for text in shuffled(accepted, seed, identity, "own") if _slots(text) == slots]
    return [*seed_examples, *own_examples[:_OWN_EXAMPLES]]


def _messages(task: str, examples: Sequence[str]) -> list[Message]:
    prompt = load_llm_prompt("describe")
    slots = ", ".join(f"{{{slot}}}" for slot in sorted(_slots(examples[0])))
    braces = f"{prompt.braces['some']}{slots}." if slots else prompt.braces["none"]
    content = prompt.template.substitute(task=title_of(task), examples="\n".join(examples), braces=braces)
    return [message("user", content)]


def _slots(text: str) -> Counter[str]:
    return Counter(_SLOT.findall(text))


def _strip_marks(reply: str) -> str:
    """Return a reply without a list mark and without quotation marks around it."""
    text = _LIST_MARK.sub("", reply.strip()).strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] + text[-1] in ('""', "“”", "''", "``") else text


def description_problem(reply: Reply, example: str, known: Sequence[str]) -> str:
    """Return why a reply is not a new description; an empty string for one that is.

    Checked in this order: the model refuses; the reply is cut off; it is not one line; it has fewer than 5 or more
    than 60 words; it lacks a slot of `example`, a known description; it has another slot or placeholder; it names an
    answer format or quotes something; its ROUGE-L F1 with a known description is over 0.7.
    """
    text = _strip_marks(reply.text)
    if reply.finish in ("refusal", "content_filter"):
        return "refused"
    if reply.finish == "length":
        return "cut off"
    if len(text.splitlines()) != 1:
        return "not one line"
    if len(text.split()) not in _WORDS:
        return "too short" if len(text.split()) < _WORDS.start else "too long"
    if _slots(example) - _slots(text):
        return "lost slots"
    if _slots(text) - _slots(example) or re.search(r"[][{}<>]", _SLOT.sub("", text)):
        return "unknown slots"
    without_slots = re.sub(r"[\"“”`']?\{\w+\}[\"“”`']?", "", text.lower())  # a slot may be in quotation marks
    if any(phrase in without_slots for phrase in load_llm_prompt("describe").forbidden):
        return "names an answer format"
    if any(rouge_lsum(text, other) > _MAX_SIMILARITY for other in known):
        return "nearly a copy"
    return ""
