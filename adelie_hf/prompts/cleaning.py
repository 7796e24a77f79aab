"""Answers as models write them: what surrounds an answer is taken off before its format reads it.

An answer that its format could have written is read as it stands. From any other text the mends of `markup` take off,
one after the other, what models add, until such an answer is left. A mend that makes the answer harder to read is not
applied, and no mend adds an item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

from adelie_hf.answers import Answer, Argument, EventItem, Item
from adelie_hf.prompts.formats import markup
from adelie_hf.prompts.formats.catalogue import ANSWER_FORMATS
from adelie_hf.prompts.formats.format import Format, ParseResult
from adelie_hf.prompts.formats.values import Grammar, split_values

_REPEATS = 10  # copies of the same items at the end of a cut answer from which they are a loop


class Mend(NamedTuple):
    """A repair.

    Args:
        name: its name in `ParseResult.repairs`.
        apply: the function that takes something off a text.
        may_drop: True if it may take off items without taking off a problem: a remark may read as one.
        must_help: True if it is applied only where it takes off a problem.
    """

    name: str
    apply: Callable[[str], str]
    may_drop: bool = True
    must_help: bool = False


_THOUGHTS = (Mend("thoughts", markup.without_first_thoughts), Mend("thoughts", markup.without_thoughts))
_MARKER = Mend("answer marker", markup.after_other_marker)
_INSIDE_FENCE = Mend("code fence", markup.inside_fence)
_AROUND = (
    _INSIDE_FENCE,
    _INSIDE_FENCE,  # of the fence in a fence
    Mend("code fence", markup.before_fence),
    Mend("answer in a string", markup.inside_string),
    Mend("remark", markup.without_remark),
)
_PROSE = Mend("remark", markup.without_prose)
_LAST_REMARK = Mend("remark", markup.without_last_remark)
_BULLETS = Mend("bullets", markup.without_bullets)
_LINE_BREAKS = Mend("HTML", markup.with_line_breaks)
_ENTITIES = Mend("HTML", markup.without_entities, must_help=True)
_LEAD_IN = Mend("lead-in", markup.without_lead_in)
_REPEATED = Mend("repeated answer", markup.without_copy)


def read_output(text: str, task: str, answer_format: Format) -> ParseResult:
    """Read the output of a model. Never raises, and takes linear time."""
    read = partial(_read, task=task, answer_format=answer_format)
    before, body = markup.split_at_marker(text)
    result = read(body)
    # An explanation of ours may speak of thoughts.
    thinks = markup.has_thoughts(before) and not before.lstrip().startswith(markup.EXPLANATION)
    if not thinks and _is_written(body, result, task, answer_format):
        return result
    names: list[str] = []
    for mend in _THOUGHTS:
        mended = mend.apply(text)
        if mended != text:
            names.append(mend.name)
            text, (before, body) = mended, markup.split_at_marker(mended)
            result = read(body)
            if _is_written(body, result, task, answer_format):
                return result.with_repairs(*names)
    for mend in _mends(task, answer_format, marked=bool(before)):
        mended = mend.apply(body).strip()
        if mended == body or _says_nothing(body, result, task):
            continue
        mended_result = read(mended)
        if _reads_better(mended_result, result, mend):
            names.append(mend.name)
            body, result = mended, mended_result
            if _is_written(body, result, task, answer_format):
                break
    if _says_nothing(body, result, task) or (not body and _INSIDE_FENCE.name in names):
        return ParseResult(()).with_repairs(*names, *["no answer"] * bool(body))
    return _without_loop(result.with_repairs(*names))


def _mends(task: str, answer_format: Format, *, marked: bool) -> Iterator[Mend]:
    """Yield the mends of an answer without thoughts, in the order in which they are tried."""
    if not marked:
        yield _MARKER
    if answer_format.family == "json":  # its reader finds JSON in prose
        yield from (mend._replace(may_drop=False) for mend in (*_AROUND, _ENTITIES))
        return
    yield from _AROUND
    if answer_format.family == "triplet":
        yield _PROSE
    grammar = answer_format.grammar(task)
    if grammar is not None:
        if "(" not in grammar.delimiters:  # a number in parentheses has none
            yield Mend("bullets", partial(_without_numbers, grammar=grammar))
        yield from (_BULLETS, _LINE_BREAKS, _BULLETS, _REPEATED, _LAST_REMARK)
        yield from _value_mends(grammar)
        yield from (_LEAD_IN, _ENTITIES)


@cache
def _value_mends(grammar: Grammar) -> tuple[Mend, ...]:
    delimiters = tuple(grammar.delimiters)
    return (
        Mend("full-width punctuation", lambda body: markup.with_ascii_delimiters(body, delimiters, grammar.end)),
        Mend("emphasis", lambda body: _with_values(body, grammar, markup.without_emphasis)),
        Mend("quotation marks", lambda body: _with_values(body, grammar, markup.without_quotation_marks)),
    )


def _with_values(body: str, grammar: Grammar, change: Callable[[str], str]) -> str:
    """Return a body with the values changed that are not quoted."""
    return "".join(chain.from_iterable(_changed(piece, word, change) for piece, word in split_values(body, *grammar)))


def _without_numbers(body: str, grammar: Grammar) -> str:
    """Take off the numbers before values if there are several and they count from 1, on one line or several."""
    numbers: list[int] = []

    def without_number(value: str) -> str:
        number = markup.leading_number(value)
        numbers.extend([number] * bool(number))
        return markup.without_bullets(value, any_number=True) if number else value

    mended = _with_values(body, grammar, without_number)
    return mended if len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1)) else body


def _changed(piece: str, word: str, change: Callable[[str], str]) -> tuple[str, str]:
    value = piece.strip()
    if not value or value[0] == '"':
        return piece, word
    start = piece.index(value)
    return piece[:start] + change(value) + piece[start + len(value) :], word


# ---- how well an answer is read ----------------------------------------------------------------------------------


def _read(body: str, task: str, answer_format: Format) -> ParseResult:
    result = answer_format.read(body, task) if body else ParseResult((), ("the output is empty",))
    return _without_absent(body, result)


def _is_written(body: str, result: ParseResult, task: str, answer_format: Format) -> bool:
    """Return True if an answer is as its format writes it; all JSON of the right shape is."""
    if result.status != "valid":
        return False
    if answer_format.family == "json":
        return True
    return answer_format.write(result.items, task).strip() == body.replace("\r\n", "\n")


def _reads_better(result: ParseResult, before: ParseResult, mend: Mend) -> bool:
    """Return True if a mended answer has no more problems, and keeps items."""
    if result.problems and not result.items and before.items:
        return False
    if len(result.problems) != len(before.problems):
        return len(result.problems) < len(before.problems)
    return not mend.must_help and (mend.may_drop or len(result.items) >= len(before.items))


# ---- items that are absent -----------------------------------------------------------------------------------------


def _without_absent(body: str, result: ParseResult) -> ParseResult:
    """Drop the items that other conventions write where there is none; our own writing escapes those words."""
    items = tuple(_present(item, body) for item in result.items if not _is_absent(item, body))
    if items == result.items:
        return result
    return replace(result, items=items).with_repairs("absent value")


def _is_absent(item: Item, body: str) -> bool:
    mention = item[0]
    return isinstance(mention, markup.Null) or (isinstance(item, Argument) and markup.is_absent(item.argument, body))


def _present(item: Item, body: str) -> Item:
    if not isinstance(item, EventItem):
        return item
    return item._replace(arguments=tuple(argument for argument in item.arguments if not _is_absent(argument, body)))


# ---- no answer, in other words ------------------------------------------------------------------------------------

_NOTHING = frozenset(
    (
        *("na", "n/a", "nan", "none", "null", "nil", "nothing", "no answer", "not applicable", "empty"),
        *("there is none", "无", "没有"),
    )
)
_NO_VALUE = r"(?:\[\s*+\]|\[?\s*+(?:null|none|\"(?:nan?|n/a|none|null)?\")\s*+\]?)"
_EMPTY_JSON = re.compile(
    rf"{_NO_VALUE}|\{{\s*+\}}|\(\)|<>|\[\{{\}}\]|\[\[\]\]|\{{\s*+\"[^\"]*\"\s*+:\s*+{_NO_VALUE}\s*+\}}", re.I
)
_NOUN = (
    r"(?:[\w-]+ ){0,3}(?:entit(?:y|ies)|relations?(?:hips?)?|events?|arguments?|statements?|triples?|triggers?"
    r"|extractions?|tables?|answers?|items?|mentions?|participants?|information|results?)"
)
_TEXT = r"(?:the|this) (?:given |provided )?(?:text|sentence|passage|document|input)"
_NO_SUCH_THING = re.compile(
    rf"(?:(?:there (?:is|are|was|were) |i (?:found|see|find) |{_TEXT} \w+ )?(?:no|none of the) "
    rf"|{_TEXT} (?:does not|doesn't) \w+ any |i (?:do not|don't|did not|didn't|cannot|can't) (?:see|find) any ){_NOUN}"
    r"(?: of (?:these|those|the|this|that|any of the) (?:[\w-]+ ){0,2}(?:types?|categor(?:y|ies)|kinds?))?"
    r"(?: (?:is|are|was|were|could be|can be))?"
    r"(?: (?:found|mentioned|present|identified|detected|stated|given|named|extracted|available))?"
    rf"(?: (?:in|from) {_TEXT})?"
)


def _says_nothing(body: str, result: ParseResult, task: str) -> bool:
    """Return True for a text that says in other words than its format's that there is no answer."""
    if result.status == "valid" and not result.items:
        return False
    words = _plain_words(body)
    if words in _own_phrases(task) or (not result.items and _EMPTY_JSON.fullmatch(body)):
        return True
    if result.items or not result.problems:
        return False
    return words.strip("()[]（） .;") in _NOTHING or bool(len(words) < 200 and _NO_SUCH_THING.fullmatch(words))


def _plain_words(body: str) -> str:
    return body.strip(" \t\n.;!|'`*-“”：。；").casefold()


@cache
def _own_phrases(task: str) -> frozenset[str]:
    """Return what the formats write for no answer, in plain words."""
    written = (
        answer_format.write((), task) for answer_format in ANSWER_FORMATS.values() if answer_format.supports(task)
    )
    return frozenset(filter(None, map(_plain_words, written)))


# ---- loops --------------------------------------------------------------------------------------------------------


def _without_loop(result: ParseResult) -> ParseResult:
    """Drop the copies of items that an answer repeats until it is cut; they are said once."""
    items = result.items
    if len(items) < _REPEATS:
        return result
    kept = items
    if result.problems:
        kept = _once(items)
    if kept == items and _is_start_of(items[-1], items[:-1]):
        once = _once(items[:-1])
        kept = items if once == items[:-1] else once
    return result if kept == items else replace(result, items=kept).with_repairs("loop")


def _is_start_of(last: Item, items: Answer) -> bool:
    """Return True if the last item is the beginning of an earlier one, so that it may be cut."""
    text = _text(last)
    return any(earlier != last and _text(earlier).startswith(text) for earlier in items[-50:])


def _text(item: Item) -> str:
    return "\0".join(map(str, item)).rstrip("\0")


def _once(items: Answer) -> Answer:
    """Return items without the copies of the shortest series at their end that stands there often enough."""
    backwards = items[::-1]
    for period, length in enumerate(_common_starts(backwards)):
        if period and length >= (_REPEATS - 1) * period:
            return items[: len(items) - length]
    return items


def _common_starts(items: Answer) -> list[int]:
    """Return for each position how many items from there on are those of the start (Z algorithm, linear time)."""
    lengths = [0] * len(items)
    left = right = 0
    for position in range(1, len(items)):
        length = min(right - position, lengths[position - left]) if position < right else 0
        while position + length < len(items) and items[length] == items[position + length]:
            length += 1
        if position + length > right:
            left, right = position, position + length
        lengths[position] = length
    return lengths
