"""What models put around answers and values, and the functions that take it off: text -> text, in linear time.

`prompts.cleaning` applies them to answers that are not as a format writes them. A value that one of them would change
is written in quotation marks (`is_ambiguous`), and marks that may stand anywhere are written with an escape
(`escape_marks`): an answer that a format has written does not have them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from functools import cache

MARKER = "[Answer]:"
EXPLANATION = "[Explanation]:"
# What other conventions write for a role that nothing fills; a real argument of that name is written with an escape.
ABSENT = ("NAN", "None", "null", "N/A")
_ABSENT_STRING = re.compile(f'"(?:{"|".join(ABSENT)})"')


class Null(str):
    """The mention that an answer in JSON writes as `null`; its item is dropped."""


NULL = Null("null")


def is_absent(value: str, body: str) -> bool:
    """Return True if an argument in this body means that nothing fills a role."""
    return value in ABSENT and _with_first_escaped(f'"{value}"', 1) not in body


# ---- thoughts -----------------------------------------------------------------------------------------------------

_THINK = r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|analysis|reflection|scratchpad)"
_OPENING = re.compile(
    rf"<{_THINK}>|\[{_THINK}\]|◁think▷|<seed:think>|<\|begin_of_thought\|>|<\|channel\|>analysis<\|message\|>", re.I
)
_CLOSING = re.compile(
    rf"</{_THINK}>|\[/{_THINK}\]|◁/think▷|</seed:think>|<\|end_of_thought\|>|<\|channel\|>final<\|message\|>", re.I
)


def has_thoughts(text: str) -> bool:
    """Return True if a text has a tag of thoughts."""
    return bool(_OPENING.search(text) or _CLOSING.search(text))


def without_first_thoughts(text: str) -> str:
    """Take off the block of thoughts with which a text starts; its opening tag may be missing."""
    closing = _CLOSING.search(text)
    if closing is None:
        return text
    opening = _OPENING.search(text, 0, closing.start())
    starts = opening is None or not text[: opening.start()].strip()
    return text[closing.end() :] if starts else text


def without_thoughts(text: str) -> str:
    """Take off all thoughts: the blocks, what precedes a closing tag, and what follows an opening one.

    Where thoughts have no end, an answer is what follows the last answer marker on a line of its own.
    """
    kept: list[str] = []
    position = 0
    while opening := _OPENING.search(text, position):
        kept.append(text[position : opening.start()])
        closing = _CLOSING.search(text, opening.end())
        if closing is None:
            _, marker, answer = text[opening.end() :].rpartition(f"\n{MARKER}")
            kept.append(marker + answer if marker else "")
            position = len(text)
        else:
            position = closing.end()
    rest = "".join(kept) + text[position:]
    ends = [closing.end() for closing in _CLOSING.finditer(rest)]
    return rest[ends[-1] :] if ends else rest


# ---- the place of the answer --------------------------------------------------------------------------------------

# Such as `**Answer:**`, `[Answer]`, a heading `## Final Answer` without a colon, `<answer>`.
_OTHER_MARKER = re.compile(
    r"^[ \t#*_>]*+(?:(?:the )?(?:final )?answer(?: is)?|答案|回答)[*_ \t]*[:：][*_]*"
    r"|^[ \t#*_>]*+[\[［【](?:final )?answer[\]］】][:：]?"
    r"|^[ \t]*+[#*_][ \t#*_>]*+(?:final )?answer[*_ \t\r]*$|<answer>",
    re.I | re.M,
)
_LEAD_IN = re.compile(
    r"[^\w\"]{0,4}(?:sure|certainly|of course|ok|okay|here|the|these|this|in the|in this|based on|after|answer|output"
    r"|result|response|entities|relations|events|arguments|statements)\b[^:：;\n\"]{0,200}[:：]",
    re.I,
)


def split_at_marker(text: str) -> tuple[str, str]:
    """Return a text up to the answer marker and with it, and the answer.

    The marker is the first at the start of a line, or else the first; without one, all of the text is the answer.
    """
    start = 0 if text.lstrip().startswith(MARKER) else text.find(f"\n{MARKER}")
    place = text.find(MARKER, max(start, 0))
    end = 0 if place < 0 else place + len(MARKER)
    return text[:end], text[end:].strip()


def after_other_marker(body: str) -> str:
    """Take off what precedes an answer marker in another spelling, such as `**Answer:**`, and the marker."""
    match = _OTHER_MARKER.search(body)
    return body if match is None else body[match.end() :]


def without_lead_in(body: str) -> str:
    """Take off the words before the first colon of a text that starts with `Sure`, `Here are` or the like."""
    match = _LEAD_IN.match(body)
    return body if match is None else body[match.end() :]


# ---- code fences --------------------------------------------------------------------------------------------------

# A language, or attributes in braces, and attributes such as `title="a.txt"`.
_FENCE = re.compile(
    r"^[ \t]*+(```+|~~~+)[ \t]*+(?:\{[^}\n]*+\}|[\w+#.-]*+)(?:[ \t]++\w++=(?:\"[^\"\n]*+\"|[^\s\"]++))*+[ \t\r]*+$",
    re.M,
)
_LANGUAGE = re.compile(r"[\w+#.-]++(?=\s)")


def inside_fence(body: str) -> str:
    """Return what stands in the first code fence, which may lack its end, or in backticks around all."""
    opening = _FENCE.search(body)
    if opening is None:
        return _inside_inline_fence(body)
    closing = re.compile(rf"{opening[1]}[ \t\r]*+$", re.M).search(body, opening.end())
    return body[opening.end() : closing.start() if closing else len(body)]


def _inside_inline_fence(body: str) -> str:
    inside = body.lstrip("`~")
    fence = body[: len(body) - len(inside)]
    if fence in ("`", "``"):
        inside = inside.removesuffix(fence)
        return body if "`" in inside or len(body) - len(inside) < 2 * len(fence) else inside
    if len(fence) < 3 or len(set(fence)) > 1:
        return body
    inside = inside.removesuffix(fence)
    language = _LANGUAGE.match(inside)
    return inside if language is None else inside[language.end() :]


def before_fence(body: str) -> str:
    """Return what stands before the first line that is a code fence."""
    fence = _FENCE.search(body)
    return body if fence is None else body[: fence.start()]


# ---- answers in a string, and in HTML -----------------------------------------------------------------------------

_ESCAPED_JSON = re.compile(r"[\[{]\s*+\\\"")
_LINE_BREAK = re.compile(r"<br\s*+/?>", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")


def inside_string(body: str) -> str:
    """Return the text of a body that is a JSON string, or that is JSON with a backslash before each quotation mark."""
    escaped = body[:1] in ("[", "{") and _ESCAPED_JSON.search(body)
    if not escaped and not (body[:1] == body[-1:] == '"'):
        return body
    try:
        inside = json.loads(f'"{body}"' if escaped else body, strict=False)
    except ValueError:
        return body
    return inside if isinstance(inside, str) else body


def with_line_breaks(body: str) -> str:
    """Return a text with the line breaks of HTML as line ends, outside quoted values."""
    return _outside_quotes(body, lambda part: _LINE_BREAK.sub("\n", part))


def without_entities(body: str) -> str:
    """Return a text with the characters that HTML writes as `&amp;` and the like, outside quoted values."""
    return _outside_quotes(body, lambda part: _ENTITY.sub(lambda entity: html.unescape(entity[0]), part))


def _outside_quotes(text: str, change: Callable[[str], str]) -> str:
    parts = (match[0] for match in _QUOTED.finditer(text))
    return "".join(part if len(part) > 1 and part[0] == '"' else change(part) for part in parts)


# ---- after the answer ---------------------------------------------------------------------------------------------

_NEXT_TURN = re.compile(
    rf"{re.escape(MARKER)}|{re.escape(EXPLANATION)}|</s>|</?answer>|<end_of_turn>"
    r"|<\|(?:im_end|im_start|eot_id|end_of_text|endoftext|end|start|user|assistant|system)\|>"
)
# Marks that end or begin an answer wherever they stand.
_MARKS = re.compile(f"{_OPENING.pattern}|{_CLOSING.pattern}|{_NEXT_TURN.pattern}", re.I)
_ROLE_LINE = re.compile(r"\W{0,6}(?:user|human|assistant|system|model|instruction)\W{0,4}", re.I)
_REMARK = re.compile(
    r"[^\w\"]{0,4}(?:(?:foot)?notes?|n\.?b|p\.?s|explanations?|reasoning|reasons?|rationale|justifications?|comments?|remarks?"
    r"|caveats?|disclaimer|clarification|text|question|input|query|user|human|assistant|instruction)\b[^:：\n]{0,20}[:：]",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?。！？…][)\]*_\"”’]*\s*\Z")


def without_remark(body: str) -> str:
    """Take off what follows an answer: a remark below a blank line, the next turn of a conversation."""
    turn = _NEXT_TURN.search(body, 1)
    lines = (body if turn is None else body[: turn.start()]).split("\n")
    return _until(lines, lambda line, below_blank: below_blank and _is_remark(line))


def without_last_remark(body: str) -> str:
    """Take off a remark behind the last semicolon, which has none itself."""
    start, semicolon, last = body.rpartition(";")
    is_remark = semicolon and _REMARK.match(last.lstrip()) and _SENTENCE_END.search(last)
    return start + semicolon if is_remark else body


def without_copy(body: str) -> str:
    """Take off the second half of a text that repeats the first below a blank line."""
    half = body[: len(body) // 2].rstrip()
    between = body[len(half) : len(body) - len(half)]
    return half if between.isspace() and between.count("\n") > 1 and body.endswith(half) else body


def without_prose(body: str) -> str:
    """Take off sentences that follow an answer, for formats whose items are none."""
    return _until(
        body.split("\n"),
        lambda line, below_blank: (
            bool(_SENTENCE_END.search(line)) and (below_blank and line.count(" ") > 2 or _is_remark(line))
        ),
    )


def _is_remark(line: str) -> bool:
    return bool(_REMARK.match(line) or _ROLE_LINE.fullmatch(line))


def _until(lines: list[str], ends: Callable[[str, bool], bool]) -> str:
    """Return the lines before the first that ends the answer; the first line does not."""
    for number in range(1, len(lines)):
        if ends(lines[number], not lines[number - 1].strip()):
            return "\n".join(lines[:number])
    return "\n".join(lines)


# ---- around lines and values ---------------------------------------------------------------------------------------

_BULLET = re.compile(r"^([ \t]*+)(?:[-+*>•‣▪◦·–—][ \t]++|\(?(\d{1,3})(?:[.)][ \t]++|、[ \t]*+)|[①-⑳][ \t]*+)", re.M)
_QUOTATION = re.compile(
    r"[“„”]([^“”„]*)[”“\"]|[‘‚’]([^‘’‚]*)[’‘]|«([^«»]*)»|»([^«»]*)«|「([^「」]*)」|『([^『』]*)』|'([^']*)'", re.DOTALL
)
_ELEMENT = re.compile(r"<(b|i|em|strong|u|code)>(.*)</\1>", re.DOTALL | re.I)
# A quoted value, which does not start inside a word or behind a backslash; other text.
_QUOTED = re.compile(r'(?<![\w\\])"(?:[^"\\]|\\.?)*+(?:"|\Z)|[^"]++|"', re.DOTALL)
# Full-width punctuation and arrows -> what ASCII has for them.
_FULL_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum()}
_TWINS = str.maketrans({**_FULL_WIDTH, "。": ".", "、": ",", "→": "->", "⟶": "->"})


def without_bullets(body: str, *, any_number: bool = False) -> str:
    """Take off the bullets of lines, and numbers if they count the lines from 1 or may be any."""
    numbers = [int(bullet[2]) for bullet in _BULLET.finditer(body) if bullet[2]]
    counts = any_number or numbers == list(range(1, len(numbers) + 1))
    return _BULLET.sub(lambda bullet: bullet[0] if bullet[2] and not counts else bullet[1], body)


def leading_number(value: str) -> int:
    """Return the number with which a value is numbered, or 0."""
    match = _BULLET.match(value)
    return int(match[2] or 0) if match else 0


def without_emphasis(value: str) -> str:
    """Take off the signs of Markdown and HTML for bold, italic and code at the ends of a value."""
    if element := _ELEMENT.fullmatch(value):
        value = element[2].strip()
    if value.startswith("**") or value.endswith("**"):
        value = value.removeprefix("**").removesuffix("**").strip()
    for sign in ("*", "`"):
        if len(value) > 2 and value[0] == value[-1] == sign and sign not in value[1:-1]:
            value = value[1:-1]
    return value


def without_quotation_marks(value: str) -> str:
    """Take off quotation marks around a value, other than JSON's."""
    match = _QUOTATION.fullmatch(value)
    return value if match is None else next(filter(None, match.groups()), "")


def with_ascii_delimiters(text: str, delimiters: tuple[str, ...], end: str) -> str:
    """Return a text with delimiters in full-width punctuation as ASCII; `end` is one only at the end of a line."""
    pattern, words = _twins_of(delimiters, end)
    return _outside_quotes(text, lambda part: pattern.sub(lambda match: words[(match.lastindex or 1) - 1], part))


@cache
def _twins_of(delimiters: tuple[str, ...], end: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    twins: dict[str, list[str]] = {}
    for code, sign in _TWINS.items():
        twins.setdefault(sign, []).append(chr(code))
    words = tuple(dict.fromkeys((*delimiters, end))) if end else delimiters
    patterns = [
        "|".join(
            ("".join(f"[{re.escape(sign)}{''.join(twins.get(sign, []))}]" for sign in word), *twins.get(word, []))
        )
        for word in words
    ]
    ends = r"(?=[^\S\n]*+(?:\n|\Z))"
    return re.compile(
        "|".join(f"({p}){ends if w == end else ''}" for p, w in zip(patterns, words, strict=True))
    ), words


def is_ambiguous(value: str) -> bool:
    """Return True if a value has at its ends, or in it, what would be taken off an answer."""
    return (
        value in ABSENT
        or value.startswith(("`", "~~~"))
        or value.endswith(("`", "~~~"))
        or without_emphasis(value) != value
        or without_quotation_marks(value) != value
        or any(pattern.match(value) for pattern in (_BULLET, _OTHER_MARKER, _REMARK))
        or bool(_LINE_BREAK.search(value))
    )


def has_marks(value: str) -> bool:
    """Return True if a value contains a mark that begins or ends an answer."""
    return bool(_MARKS.search(value))


def mark_starts(text: str) -> list[str]:
    """Return the characters at which a text has a mark that begins or ends an answer, each once."""
    return sorted({text[place] for place in range(len(text)) if _MARKS.match(text, place)}) if has_marks(text) else []


def escape_marks(text: str) -> str:
    """Return JSON with the marks in its strings escaped, and strings that mean that there is no argument.

    >>> escape_marks('{"argument": "NAN", "role": "[Answer]: a"}')
    '{"argument": "\\\\u004eAN", "role": "\\\\u005bAnswer]: a"}'
    """
    return _ABSENT_STRING.sub(lambda string: _with_first_escaped(string[0], 1), _MARKS.sub(_escaped, text))


def _escaped(mark: re.Match[str]) -> str:
    return _with_first_escaped(mark[0], 0)


def _with_first_escaped(text: str, position: int) -> str:
    return f"{text[:position]}\\u{ord(text[position]):04x}{text[position + 1 :]}"


def as_ascii_punctuation(value: str) -> str:
    """Return a value with all full-width punctuation as ASCII."""
    return value.translate(_TWINS)
