"""New task descriptions by a model behind an endpoint (paper, section 3.2 and appendix A.1).

As in Self-Instruct (Wang et al., 2023, section 2.2): the model sees a few of our descriptions and a few of its own
that passed, and writes another; what is too like a known one is dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from adelie_hf.draws import shuffled
from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write
from adelie_hf.manifest import write_manifest
from adelie_hf.prompts import descriptions
from adelie_hf.sampling.endpoint import Chat, Endpoint, Refused, Reply, ask, chat_seed
from adelie_hf.sampling.wording import wording
from adelie_hf.scoring.tables import rouge_lsum
from adelie_hf.tasks import title_of

TEMPERATURE = 0.7  # appendix A
MAX_NEW_TOKENS = 256

_OURS, _ITS_OWN = 3, 2  # demonstrations in a prompt (section 3.2)
_ROUND = 5  # requests a task at a time: the next ones show what these found
_ATTEMPTS = 4  # for each description that is wanted
_ALIKE = 0.7  # ROUGE-L F1 (Self-Instruct, section 2.2)
_WORDS = range(5, 61)
_SLOT = re.compile(r"\{(\w+)\}")
_LIST_MARK = re.compile(r"^(?:\d+[.)]|[-*•])\s+")


def describe(
    tasks: Sequence[str],
    endpoint: Endpoint,
    out: Path,
    number: int = 20,
    temperature: float = TEMPERATURE,
    seed: int = 42,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Counter[str]]:
    """Writes new descriptions of tasks as YAML, in the shape of `prompts/data/descriptions.yaml`.

    Args:
        number: how many are wanted for each task. Four times as many are asked for at most.

    Returns:
        task -> counts of replies: `read`, `kept`, and `dropped: <reason>` (see `rejection`).

    Raises:
        InputError: as `ask` does, for a task without descriptions, and for one that no new one was found for.
    """
    seeds = {task: descriptions(task) for task in tasks}
    for task in tasks:
        if not seeds[task]:
            raise InputError(f"{task} has no task descriptions: its users write their own requests")
    found: dict[str, list[str]] = {task: [] for task in tasks}
    counts: dict[str, Counter[str]] = {task: Counter() for task in tasks}
    while wanted := [(task, at) for task in tasks for at in _next(number, len(found[task]), counts[task]["read"])]:
        shown = [_demonstrations(seeds[task], found[task], seed, f"{task}/{at}") for task, at in wanted]
        chats = [
            Chat(_messages(task, of), temperature, MAX_NEW_TOKENS, chat_seed(seed, f"{task}/{at}", "describe"))
            for (task, at), of in zip(wanted, shown, strict=True)
        ]
        for (task, _), of, replies in zip(wanted, shown, ask(chats, endpoint, out, say), strict=True):
            counts[task]["read"] += 1
            reason = (
                "refused" if isinstance(replies, Refused) else rejection(replies[0], of[0], seeds[task] + found[task])
            )
            counts[task][f"dropped: {reason}" if reason else "kept"] += 1
            if not isinstance(replies, Refused) and not reason:
                found[task].append(_clean(replies[0].text))
    for task in tasks:
        if not found[task]:
            raise InputError(
                f"{task}: none of {counts[task]['read']} replies can be used: {_most_often(counts[task])}"
            )
    with atomic_write(out) as partial:
        written = yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=1000)
        partial.write_text(f"# Task descriptions by {endpoint.model}.\n{written}", encoding="utf-8")
    settings = {"model": endpoint.model, "number": number, "temperature": temperature, "seed": seed}
    write_manifest(out, "descriptions", settings, counts)
    return counts


def _next(number: int, found: int, asked: int) -> range:
    """The numbers of a task's next requests."""
    return range(asked, min(asked + min(number - found, _ROUND), _ATTEMPTS * number))


def _demonstrations(seeds: list[str], found: list[str], seed: int, identity: str) -> list[str]:
    """Ours and its own, all with the same slots, so that it is clear which ones the new description has to have."""
    ours = shuffled(seeds, seed, identity, "ours")
    same = [text for text in ours if _slots(text) == _slots(ours[0])][:_OURS]
    own = [text for text in shuffled(found, seed, identity, "own") if _slots(text) == _slots(ours[0])][:_ITS_OWN]
    return [*same, *own]


def _messages(task: str, shown: list[str]) -> list[dict[str, str]]:
    words = wording("describe")
    slots = ", ".join(f"{{{slot}}}" for slot in sorted(_slots(shown[0])))
    braces = f"{words['braces']['some']}{slots}." if slots else words["braces"]["none"]
    prompt = words["prompt"].substitute(task=title_of(task), examples="\n".join(shown), braces=braces)
    return [{"role": "user", "content": prompt}]


def _slots(text: str) -> Counter[str]:
    return Counter(_SLOT.findall(text))


def _clean(reply: str) -> str:
    """A reply without what models like to put around it: a list mark, or quotation marks."""
    text = _LIST_MARK.sub("", reply.strip()).strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] + text[-1] in ('""', "“”", "''", "``") else text


def rejection(reply: Reply, model: str, known: Sequence[str]) -> str:
    """Why a reply is no new description; empty for one that is.

    In this order: the model refuses; it is cut off; it is not one line; it has less than 5 or more than 60 words; it
    lacks a slot that `model`, a known description, has; it has another slot or placeholder; it names an answer format
    or quotes something; its ROUGE-L F1 with a known description is over 0.7.
    """
    text = _clean(reply.text)
    if reply.finish in ("refusal", "content_filter"):
        return "refused"
    if reply.finish == "length":
        return "cut off"
    if len(text.splitlines()) != 1:
        return "not one line"
    if len(text.split()) not in _WORDS:
        return "too short" if len(text.split()) < _WORDS.start else "too long"
    if _slots(model) - _slots(text):
        return "lost slots"
    if _slots(text) - _slots(model) or re.search(r"[][{}<>]", _SLOT.sub("", text)):
        return "unknown slots"
    spoken = re.sub(r"[\"“”`']?\{\w+\}[\"“”`']?", "", text.lower())  # a slot may stand in quotation marks
    if any(phrase in spoken for phrase in wording("describe")["formats"]):
        return "names an answer format"
    if any(rouge_lsum(text, other) > _ALIKE for other in known):
        return "nearly a copy"
    return ""


def _most_often(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in counts.most_common() if reason.startswith("dropped"))
