"""The description of a raw data set: its metadata, its files, and the functions that read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Record
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice
from adelie_hf.sources.split_names import SPLIT_NAMES
from adelie_hf.text_files import excerpt, json_keys

PARQUET_MAGIC = "PAR1"  # the first bytes of a Parquet file

RawExample = TypeVar("RawExample")
RawExamples = Callable[[Path], Iterator[tuple[int, RawExample | UnreadableRecord]]]


@dataclass(frozen=True, slots=True)
class Dropped:
    """Raw data that a reader leaves out, with the reason.

    A reader yields it instead of a record, or next to the record from which a single annotation is missing. Drops are
    counted by reason, and the counts are part of manifests, reports and `adelie-hf sources check`.

    Args:
        reason: a phrase that is the same for all such cases; `Source.drops` lists it.
        where: file and line or record number. Readers leave it empty, `read_split` fills it in.
        problem: for a record that cannot be read, what is wrong and how to fix it (see `UnreadableRecord`).
    """

    reason: str
    where: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """A remark on a record that is kept, such as what was repaired in it. Readers yield it next to the record.

    Args:
        remark: a phrase that is the same for all such cases, by which they are counted.
    """

    remark: str


@dataclass(frozen=True)
class Head:
    """The beginning of a file, from which `Layout.recognise` identifies its layout.

    Args:
        file: path of the file.
        text: its first mebibyte as text, without a byte order mark; of a Parquet file only the first bytes, `PAR1`.
        choice: what the user says of the columns of tagged tokens.
    """

    file: Path
    text: str
    choice: ColumnChoice = NOTHING_SAID

    @cached_property
    def json_keys(self) -> frozenset[str]:
        """The keys of the first JSON object; if the text ends within the object, all keys that occur in the text."""
        return frozenset(json_keys(self.text))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The column names of a Parquet file; empty for any other file.

        Raises:
            InputError: for a Parquet file whose footer cannot be read.
        """
        if not self.text.startswith(PARQUET_MAGIC):
            return ()
        import pyarrow
        import pyarrow.parquet

        try:
            return tuple(pyarrow.parquet.read_schema(self.file).names)
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"{self.file}: not a complete Parquet file ({excerpt(str(error))}); download it again or delete it"
            ) from None

    @property
    def summary(self) -> str:
        """What the file begins with, in a few words for a message."""
        if self.columns:
            return f"has the columns {', '.join(self.columns)}"
        if self.json_keys and self.text.lstrip().startswith(("{", "[")):
            return f"has JSON with the keys {', '.join(sorted(self.json_keys))}"
        first = next((line for line in self.text.splitlines() if line.strip()), "")
        return f"begins with {excerpt(first)!r}" if first else "is empty"


class OwnFile(NamedTuple):
    """A file of a set of a user's own data.

    Args:
        path: the file.
        prefix: part of the ids of its records, so that the files of a split do not share any; empty for a file
            that is called like its split.
    """

    path: Path
    prefix: str = ""

    def key(self, number: int) -> str:
        """Return what distinguishes a record of the file from all others of its split."""
        return f"{self.prefix}-{number}" if self.prefix else f"{number}"


class Training(NamedTuple):
    """What determines how the files of a set of a user's own data are read.

    Args:
        files: the training files of the set; without any, those of the split.
        choice: what the user says of the columns of tagged tokens.
    """

    files: tuple[Path, ...]
    choice: ColumnChoice = NOTHING_SAID


# Reads the raw examples of one file of a set of a user's own data.
OwnReader = Callable[[OwnFile], Iterator[tuple[int, RawExample | UnreadableRecord]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Generic[RawExample]):
    """A file format in which a data set is distributed, and the functions that read it.

    Many data sets exist in several layouts, such as the publisher's release and a JSON version of it. Reading takes
    two steps: `raw_examples` splits a file into raw examples, and `records` converts one raw example. A raw example is
    any value that `records` needs: a decoded JSON line, a block of lines, an XML element, or a tuple of one of these
    and data from a companion file.

    The two functions contain no error handling. If a raw example does not have the expected form, `records` may raise
    `UnreadableRecord`, KeyError, TypeError, ValueError or another LookupError, ArithmeticError, AttributeError or
    RecursionError. `read_split` turns these into one error with the file, the line and what is wrong, or drops the
    record where the data are a user's own. Where `raw_examples` finds a piece that it cannot read, it yields an
    `UnreadableRecord` in its place; what it raises ends the reading of the split.

    A published data set has files of known names (`files`). A format of users' own data has `endings` instead; the
    names of files and folders tell the splits (see `adelie_hf.sources.split_names`).

    Args:
        name: name of the layout, unique within the source. The publisher's own layout is called `native`.
        files: split -> patterns of file names, relative to a common folder. `*` matches any part of a name, `**/` any
            number of folders. All matching files are read.
        recognise: returns whether a file with a matching name has this layout, given the beginning of the file. File
            names such as `train.json` are common, so it has to reject the files of other data sets.
        raw_examples: yields (number, raw example) for each raw example of a file.
        records: yields the records of one raw example, and a `Dropped` for everything that it leaves out, and a
            `Noted` for what it repairs. Called as `records(raw_example, split, number)`.
        companions: patterns of further files that the two functions read if they exist, relative to the same common
            folder, or to the folder of each data file if they begin with `./` (those of own data all do).
        split_of: returns the split of a file if its name does not determine it, for example from a list of documents;
            empty where nothing does.
        numbered_by: what the numbers of `raw_examples` count, for error messages: `line` or `record`.
        endings: of own data, the endings of file names, the preferred one first; empty for a name without any.
        documents: of own data, a file is one document, so that folders tell the splits.
        expects: of own data, what a file has to contain, for messages.
        own_reader: of own data, returns the function that is used in place of `raw_examples`; for formats whose
            categories are those of the training files, or whose ids need `OwnFile.prefix`. Called once for each pass
            over a split.
        describe: of own data, returns what the files of a set were understood as, where that is found out.
    """

    name: str
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recognise: Callable[[Head], bool]
    raw_examples: RawExamples[RawExample] | None = None
    records: Callable[[RawExample, str, int], Iterable[Record | Dropped | Noted]]
    companions: tuple[str, ...] = ()
    split_of: Callable[[Path], str] | None = None
    numbered_by: Literal["line", "record"] = "line"
    endings: tuple[str, ...] = ()
    documents: bool = False
    expects: str = ""
    own_reader: Callable[[Training], OwnReader[RawExample]] | None = None
    describe: Callable[[Training], str] | None = None

    @property
    def file_names(self) -> Mapping[str, tuple[str, ...]]:
        """The file name patterns by split; of own data the simplest name for each ending."""
        form = "{}/*{}" if self.documents else "{}{}"
        return self.files or {
            split: tuple(form.format(split, f".{ending}" if ending else "") for ending in self.endings)
            for split in SPLIT_NAMES
        }

    def reader(self, training: Training) -> OwnReader[RawExample]:
        """Return the function that reads the raw examples of a file."""
        if self.own_reader is not None:
            return self.own_reader(training)
        assert self.raw_examples is not None
        raw_examples = self.raw_examples
        return lambda file: raw_examples(file.path)


@dataclass(frozen=True, slots=True)
class Source:
    """A raw data set: its metadata, its layouts, and the facts that its documentation page shows.

    Each module of `adelie_hf.sources.corpora` (published data sets) and `adelie_hf.sources.user` (formats of a user's
    own data) defines one as `SOURCE`. `docs/skeletons/source.py` is a complete example to copy.

    Args:
        name: name on the command line and in records, lower case with hyphens.
        title: name in prose.
        tasks: tasks of its records, as named in `adelie_hf.tasks.TASKS`.
        role: `training` or `held-out`, as in the paper (section 5.1, Table 7), or `own` for formats of a user's own
            data. Files that match a published data set are never read as `own` (see `find_sources`).
        domain: kind of text, in a few words.
        licence: licence, as the publisher states it.
        url: where the data is available; for `own`, a description of the format, which may be a path in this package.
        layouts: its layouts in order of preference. If a folder contains several, the first is read.
        counts: split -> published statistics of the records: `records`, `groups` (documents), `mentions`, `relations`,
            `pairs`, `events`, `extractions`. `adelie-hf sources check` compares them with the files.
        licensed: organisation from which a licence is required; empty for public data.
        notes: properties of the data, and decisions of the reader, that a user has to know; one sentence each.
        drops: all reasons with which the reader yields `Dropped`. `read_split` adds its own two, which apply to every
            source: an empty text, and an id that an earlier record has.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    role: Literal["training", "held-out", "own"]
    domain: str
    licence: str
    url: str
    layouts: tuple[Layout[Any], ...]  # layouts of one source differ in their raw examples
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    licensed: str = ""
    notes: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits of all layouts."""
        return tuple(dict.fromkeys(split for layout in self.layouts for split in layout.file_names))

    @property
    def place(self) -> str:
        """Where the data is available, or the format described: an address, or a file of this installation."""
        return self.url if self.url.startswith("http") else f"{bundled(self.url)}"

    def expectation(self, file: Path) -> str:
        """Return what a file of own data has to contain, for messages; empty if no layout has its ending."""
        ending = file.suffix.removeprefix(".").lower()
        return " or ".join(layout.expects for layout in self.layouts if ending in layout.endings)

    def layout(self, name: str) -> Layout[object]:
        """Return the layout with this name. Raises StopIteration if the source has none."""
        return next(layout for layout in self.layouts if layout.name == name)
