"""The sample corpus: it is the output of its generator, and it has the phenomena that other tests rely on."""

from __future__ import annotations

from pathlib import Path

from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.records import Record
from adelie_hf.sample.generate import generate
from adelie_hf.sources import Dropped, find_sources, read_split


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_files_are_the_output_of_the_generator(tmp_path: Path) -> None:
    generate(tmp_path)
    assert contents(tmp_path) == contents(SAMPLE)


def test_no_record_is_dropped() -> None:
    for source in find_sources(SAMPLE).values():
        for split in source.splits.values():
            assert not [result for result in read_split(split) if isinstance(result, Dropped)]


def test_nested_and_repeated_mentions_and_texts_with_nothing_to_extract() -> None:
    split = find_sources(SAMPLE, ("scierc",))["scierc"].splits["train"]
    records = [result for result in read_split(split) if isinstance(result, Record)]
    spans_of_records = [[mention.fragments[0] for mention in record.mentions] for record in records]
    assert any(
        inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]
        for spans in spans_of_records
        for inner in spans
        for outer in spans
    )
    assert any(len({mention.text for mention in record.mentions}) < len(record.mentions) for record in records)
    assert any(not record.mentions for record in records)
