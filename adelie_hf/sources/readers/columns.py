"""Which columns of a user's file have the tokens and the tags, and how the tags are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.sources.readers.offsets import TokenLengths
from adelie_hf.sources.readers.tagging import MOST_WRONG, WrongRow, WrongTag, mixed_tags
from adelie_hf.text_files import quoted

Rows = Sequence[Sequence[str]]  # of one sentence

_MAX_TAGS = 1_000  # different values of a column of tags
_POSITIONS = "[BIESLUM]"  # Begin, Inside, End, Single, Last, Unit, Middle
_BARE_TYPE = "entity"
# Phrases of CoNLL-2000 and of the German and Spanish CoNLL sets, tagged in a column beside that of the entities.
_CHUNKS = {"NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"}
_CHUNKS |= {"NC", "VC", "PC", "AC", "ADVC"}
_OTHER_ROW = re.compile(r"\d+[-.]\d+")  # of CoNLL-U: several tokens in one (`1-2`), or a token that is not written
_LANGUAGE = re.compile(r"[a-z]{2,3}:")


class Scheme(NamedTuple):
    """A way to write tags: what all of them match, and the function that returns one as `B-type`, `type` or `O`."""

    pattern: re.Pattern[str]
    standard: Callable[[str], str]


def _same(tag: str) -> str:
    return tag


# Example of a tag -> scheme, the usual ones first. A column of types alone has no pattern: any words could be types.
SCHEMES: Mapping[str, Scheme] = {
    "B-type": Scheme(re.compile(rf"{_POSITIONS}-.+", re.DOTALL), _same),
    "B_type": Scheme(re.compile(rf"{_POSITIONS}_.+", re.DOTALL), lambda tag: tag.replace("_", "-", 1)),
    "type-B": Scheme(re.compile(rf".+[-_]{_POSITIONS}", re.DOTALL), lambda tag: f"{tag[-1]}-{tag[:-2]}"),
    "B": Scheme(re.compile(_POSITIONS), lambda tag: f"{tag}-{_BARE_TYPE}"),
    "type": Scheme(re.compile(rf"(?!.[-_])(?!.*[-_]{_POSITIONS}\Z).+", re.DOTALL), _same),
}


class ColumnChoice(NamedTuple):
    """What a user says of the columns of tagged tokens; what is not said is found out.

    Args:
        token: the column of the tokens, counted from 1; 0 if that is not said.
        tags: the columns of the tags, counted from 1.
        scheme: how the tags are written: `B-type`, `B_type`, `type-B`, `B` or `type`.
    """

    token: int = 0
    tags: tuple[int, ...] = ()
    scheme: str = ""

    def __str__(self) -> str:
        """Return what is said in the form that `parse_columns` reads, followed by the scheme."""
        parts = [f"token={self.token}"] * bool(self.token) + [f"tag={tag}" for tag in self.tags]
        return ",".join(parts + [f"scheme={self.scheme}"] * bool(self.scheme))


NOTHING_SAID = ColumnChoice()


def parse_columns(text: str, scheme: str = "") -> ColumnChoice:
    """Return the columns that a text such as `token=2,tag=3` names.

    Raises:
        InputError: for another text.

    >>> parse_columns("token=2,tag=3,tag=4")
    ColumnChoice(token=2, tags=(3, 4), scheme='')
    """
    numbers: dict[str, list[int]] = {"token": [], "tag": []}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        if name not in numbers or not re.fullmatch(r"[1-9]\d{0,3}", number, re.ASCII):
            raise InputError(f"{text}: name columns by their numbers from 1, as in token=2,tag=3", parameter="columns")
        numbers[name].append(int(number))
    if len(numbers["token"]) > 1:
        raise InputError(f"{text}: only one column has the tokens", parameter="columns")
    return ColumnChoice(next(iter(numbers["token"]), 0), tuple(numbers["tag"]), scheme)


class UnclearColumns(ValueError):
    """A file has tagged tokens, but which columns they are in is not clear, or all tags are O."""


class TaggedTokens(NamedTuple):
    """The tokens of a sentence.

    Args:
        rows: the position of each token among the rows of the sentence.
        tokens: the tokens.
        layers: their tags, layer by layer, as `B-type` or `type`.
    """

    rows: Sequence[int]
    tokens: list[str]
    layers: list[list[str]]


class ColumnForm(NamedTuple):
    """How the rows of a file are read.

    Args:
        width: the number of columns.
        token: the column of the tokens, from 0.
        tags: the columns of the tags; several for nested mentions, which are tagged in layers.
        scheme: the key of `SCHEMES`.
        counted: whether the first column counts the tokens of a sentence.
        language: what each token begins with, such as `en:`; usually nothing.
        spaced: whether tokens are separated by spaces, which they are not where nearly all are single characters.
        used_tags: all tags, as `B-type` or `type`.
    """

    width: int
    token: int
    tags: tuple[int, ...]
    scheme: str
    counted: bool = False
    language: str = ""
    spaced: bool = True
    used_tags: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Return the form in words."""
        tags = " and ".join(f"{column + 1}" for column in self.tags)
        words = [f"of {self.width} columns, {self.token + 1} has the tokens and {tags} the tags, as {self.scheme}"]
        words += ["the first counts the tokens"] * self.counted
        words += [f"{self.language!r} is cut from each token"] * bool(self.language)
        words += ["tokens are characters, joined without spaces"] * (not self.spaced)
        return "; ".join(words)

    def read(self, rows: Rows) -> TaggedTokens:
        """Return the tokens of a sentence.

        Raises:
            WrongRow: for a row that is not of this form. The tags of the usual schemes are left to their decoder.
        """
        positions: Sequence[int] = range(len(rows))
        if self.counted:
            positions = [at for at in positions if not _OTHER_ROW.fullmatch(rows[at][0])]
            if (at := _miscounted(rows, positions)) is not None:
                raise WrongRow(at, f"{quoted(rows[at][0])} in the first column does not count the tokens")
        tokens = []
        for at in positions:
            token = rows[at][self.token].removeprefix(self.language)
            if not token or (self.language and token == rows[at][self.token]):
                begins = f" that begins with {self.language!r}, as the others do" if self.language else ""
                raise WrongRow(at, f"{quoted(rows[at][self.token])} is not a token{begins}")
            tokens.append(token)
        return TaggedTokens(positions, tokens, [self._layer(rows, positions, column) for column in self.tags])

    def _layer(self, rows: Rows, positions: Sequence[int], column: int) -> list[str]:
        tags = [rows[at][column] for at in positions]
        scheme = SCHEMES[self.scheme]
        if scheme.standard is _same:
            return tags
        for at, tag in zip(positions, tags, strict=True):
            if tag != "O" and not scheme.pattern.fullmatch(tag):
                raise WrongTag(at, f"tag {quoted(tag)} is not `O` or written as {self.scheme}, as the others are")
        return [tag if tag == "O" else scheme.standard(tag) for tag in tags]


def _miscounted(rows: Rows, positions: Sequence[int]) -> int | None:
    """Return the position of the first row that does not count on from 0 or 1; None if all do."""
    first = 0 if positions and rows[positions[0]][0] == "0" else 1
    return next((at for number, at in enumerate(positions, first) if rows[at][0] != f"{number}"), None)


def column_form(sentences: Iterable[Rows], choice: ColumnChoice = NOTHING_SAID) -> ColumnForm:
    """Return the form of a file, given its sentences. A few rows may be wrong.

    A first column that counts the tokens of nearly every sentence has no tokens; the next one has. The tags are in the
    last column that is written in a scheme with positions, and in the columns with types of it, as nested mentions are
    tagged; columns of phrases are passed over. Without such a column, the tags are in the last one.

    Args:
        sentences: the sentences.
        choice: what the user says.

    Raises:
        UnclearColumns: if there are tags, but the columns of the tokens or the tags are not clear.
        ValueError: if no column has tags.

    >>> form = column_form([[["1", "Ada", "B-PER"], ["2", "slept", "O"]]])
    >>> print(form)
    of 3 columns, 2 has the tokens and 3 the tags, as B-type; the first counts the tokens
    """
    seen = _Seen([choice.token - 1] if choice.token else [0, 1])
    for rows in sentences:
        seen.add(rows)
    width = len(seen.values)
    if not width or max(choice.token, *choice.tags, 0) > width:
        raise ValueError(f"no column has tags, since the rows have {width} columns")
    counted = seen.is_counted() and choice.token != 1
    token = choice.token - 1 if choice.token else int(counted)
    if not choice.token and not counted and width > 2 and (problem := seen.no_tokens()):
        raise UnclearColumns(f"the first of {width} columns {problem}")
    values = seen.values if counted else [one + other for one, other in zip(seen.values, seen.others, strict=True)]
    candidates = [column - 1 for column in choice.tags] or [
        column for column in range(width) if column > token or (choice.token and column != token)
    ]
    scheme, tags = _tag_columns(values, candidates, choice)
    standard, pattern = SCHEMES[scheme].standard, SCHEMES[scheme].pattern
    used = {tag for column in tags for tag in values[column] if tag != "O"}
    return ColumnForm(
        width,
        token,
        tags,
        scheme,
        counted,
        seen.language(token),
        seen.lengths[token].spaced,
        frozenset(standard(tag) for tag in used if scheme == "type" or pattern.fullmatch(tag)),
    )


def _tag_columns(
    values: Sequence[Counter[str]], candidates: Sequence[int], choice: ColumnChoice
) -> tuple[str, tuple[int, ...]]:
    """Return the scheme, and the columns of the tags among those that may have some; errors as `column_form`."""
    scheme_of = {column: _scheme(values[column], choice.scheme) for column in candidates}
    schemes = [name for name in SCHEMES if name in scheme_of.values()]
    last = candidates[-1] if candidates else 0
    if not schemes:
        if set(values[last]) == {"O"}:
            raise UnclearColumns("all tags are O")
        typed = {tag: times for tag, times in values[last].items() if tag != "O"}
        unprefixed = {tag: times for tag, times in typed.items() if not SCHEMES["B-type"].pattern.fullmatch(tag)}
        if len(unprefixed) < len(typed):
            # Where most of them are tags, the file is meant to be of tagged tokens.
            kind = UnclearColumns if sum(unprefixed.values()) < 0.5 * sum(typed.values()) else ValueError
            raise kind(mixed_tags(unprefixed))
        raise ValueError("no column has tags")
    if choice.tags:
        return schemes[0], tuple(candidates)
    if len(schemes) > 1 and scheme_of[last] == "type":
        others = [column + 1 for column in candidates if scheme_of[column] == schemes[0]]
        raise UnclearColumns(f"column {last + 1} may have the tags, as type, or column {others[-1]}, as {schemes[0]}")
    columns = [column for column in candidates if scheme_of[column] == schemes[0]]
    if schemes[0] == "type":
        if columns[-1] != last:
            raise ValueError("no column has tags")
        return "type", (last,)
    types = {column: _types(values[column], schemes[0]) for column in columns}
    layers = [column for column in columns if types[column] & types[columns[-1]]]
    for column in columns:
        if column not in layers and not types[column] <= _CHUNKS:
            raise UnclearColumns(f"columns {column + 1} and {columns[-1] + 1} both have tags, with different types")
    return schemes[0], tuple(layers)


class _Seen:
    """What was seen of the columns of a file, in memory that does not grow with it."""

    def __init__(self, token_columns: Iterable[int]) -> None:
        self.values: list[Counter[str]] = []  # of each column; one that is full has more than `_MAX_TAGS`
        self.others: list[Counter[str]] = []  # the same for rows that are no tokens in a file of CoNLL-U
        self.rows = self.number_rows = 0  # number of all rows, and of those whose first column is a number
        self.sentences = self.counted = self.longest = 0  # longest: tokens of a sentence that is counted
        self.constant = self.several = 0  # sentences of several rows, and those whose first column does not change
        # Of the columns that may have the tokens; languages: the beginnings such as `en:`.
        self.lengths = {column: TokenLengths() for column in token_columns}
        self.languages: dict[int, Counter[str]] = {column: Counter() for column in self.lengths}

    def add(self, rows: Rows) -> None:
        """Add the rows of a sentence."""
        if not self.values:
            self.values, self.others = [Counter() for _ in rows[0]], [Counter() for _ in rows[0]]
        positions = [at for at, row in enumerate(rows) if not _OTHER_ROW.fullmatch(row[0])]
        tokens = rows if len(positions) == len(rows) else [rows[at] for at in positions]
        others = [] if tokens is rows else [row for row in rows if _OTHER_ROW.fullmatch(row[0])]
        for counters, kind in ((self.values, tokens), (self.others, others)):
            for column, counter in enumerate(counters):
                if len(counter) <= _MAX_TAGS:
                    counter.update(row[column] for row in kind)
        self.sentences += 1
        if positions and _miscounted(rows, positions) is None:
            self.counted += 1
            self.longest = max(self.longest, len(positions))
        self.rows += len(rows)
        self.number_rows += sum(row[0].isdecimal() for row in rows)
        if len(rows) > 1:
            self.several += 1
            self.constant += len({row[0] for row in rows}) == 1
        for column in self.lengths:
            cells = [row[column] for row in rows if column < len(row)]
            self.lengths[column].add(cells)
            self.languages[column].update(
                match[0] for cell in cells if ":" in cell and (match := _LANGUAGE.match(cell))
            )

    def is_counted(self) -> bool:
        """Return whether the first column counts the tokens of nearly every sentence."""
        return self.longest > 1 and self.sentences - self.counted <= MOST_WRONG * self.sentences

    def no_tokens(self) -> str:
        """Return why the first column cannot have the tokens, although it does not count them; usually nothing."""
        if self.number_rows >= (1 - MOST_WRONG) * self.rows:
            return "has numbers that do not count the tokens"
        is_constant = self.several > 1 and self.constant >= (1 - MOST_WRONG) * self.several
        return "has the same value in all rows of a sentence" if is_constant else ""

    def language(self, column: int) -> str:
        """Return what nearly all tokens in a column begin with."""
        ((language, number),) = self.languages[column].most_common(1) or [("", 0)]
        return language if number >= (1 - MOST_WRONG) * self.rows else ""


def _scheme(values: Counter[str], said: str) -> str:
    """Return the scheme of a column, the one that is said or that nearly all tags have; empty if it has no tags."""
    number = values.total() - values["O"]
    if not number or len(values) > _MAX_TAGS:
        return ""
    if said == "type":
        return said
    for name, scheme in SCHEMES.items():
        if (said and name != said) or (not said and name in ("B", "type") and "O" not in values):
            continue
        wrong = sum(times for tag, times in values.items() if tag != "O" and not scheme.pattern.fullmatch(tag))
        if wrong <= (0 if name == "type" else MOST_WRONG * number):
            return name
    return ""


def _types(values: Iterable[str], scheme: str) -> set[str]:
    standard, pattern = SCHEMES[scheme].standard, SCHEMES[scheme].pattern
    return {standard(tag)[2:] for tag in values if tag != "O" and pattern.fullmatch(tag)}
