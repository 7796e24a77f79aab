"""The command line. Each command is a thin call; what it needs is imported when it runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adelie_hf._version import __version__
from adelie_hf.errors import InputError

if TYPE_CHECKING:
    from adelie_hf.sampling.endpoint import Endpoint


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns its exit status: 0, 2 for bad input (one line on standard error), 130 when stopped."""
    args = _parser().parse_args(arguments)
    try:
        args.run(args)
    except InputError as error:
        print(f"adelie-hf: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nadelie-hf: stopped; the same command goes on from what is whole", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 141  # the reader of our output has gone, as with `| head`
    except OSError as error:
        if error.filename is None:
            raise
        print(f"adelie-hf: {error.filename}: {error.strerror}; check the path and its permissions", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="adelie-hf", description="Information-extraction data, alignment and scores for Hugging Face."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_loop, _add_sources, _add_hub, _add_build, _add_endpoint):
        add(commands)
    return parser


def _add_loop(commands: Any) -> None:
    demo = commands.add_parser(
        "demo", help="the whole loop on the embedded sample, or on real files, with a tiny model"
    )
    demo.add_argument("--data-dir", help="raw files of sources (default: the embedded sample)")
    demo.add_argument("--out", help="the run folder (default: runs/demo, or runs/demo-data with --data-dir)")
    _loop(demo)
    demo.set_defaults(run=_demo)

    align = commands.add_parser("align", help="the whole loop on one's own data and model")
    align.add_argument("data", metavar="DATA", help="a folder with raw files of sources")
    align.add_argument("--model", required=True, help="a model folder or id, or `scratch` for a new small one")
    align.add_argument(
        "--recipe", default="adelie", help="a recipe folder, or the name of one of ours (default: adelie)"
    )
    align.add_argument("--out", default="runs/align", help="the run folder (default: runs/align)")
    _loop(align)
    align.set_defaults(run=_align)


def _add_sources(commands: Any) -> None:
    all_sources = commands.add_parser("sources", help="the raw data sets that can be read").add_subparsers(
        required=True, metavar="COMMAND"
    )
    source_as_text = all_sources.add_parser("list", help="task, role, licence, files and counts of every source")
    source_as_text.add_argument("--json", action="store_true", help="for machines")
    source_as_text.set_defaults(run=_sources_list)

    inventory_as_text = all_sources.add_parser(
        "check", help="what lies below a folder, held against what was published"
    )
    inventory_as_text.add_argument("data_dir", metavar="DIR", help="raw files of sources")
    inventory_as_text.add_argument("--sources", help="only these sources, separated by commas")
    inventory_as_text.add_argument("--json", action="store_true", help="for machines")
    inventory_as_text.set_defaults(run=_sources_check)
    shared = all_sources.add_parser("overlap", help="texts that two sources, or two splits, have in common")
    shared.add_argument("first", metavar="A", help="a source, or one of its splits: fewrel, fewrel/train")
    shared.add_argument("second", metavar="B", help="as A")
    shared.add_argument("--data-dir", required=True, help="raw files of sources")
    shared.add_argument("--json", action="store_true", help="for machines")
    shared.set_defaults(run=_sources_overlap)


def _add_hub(commands: Any) -> None:
    push = commands.add_parser(
        "push", help="a data set, model, adapter or metric to the Hugging Face Hub, with its card"
    )
    push.add_argument("kind", metavar="KIND", choices=("dataset", "model", "adapter", "metric"), help="%(choices)s")
    push.add_argument("folder", metavar="RUN", help="the folder to push, or the name of a metric")
    push.add_argument("repo_id", metavar="REPO_ID", help="user/name")
    push.add_argument("--to", metavar="DIR", help="write what would be uploaded into this folder; nothing is uploaded")
    push.add_argument("--private", action="store_true", help="make the repository private")
    target = push.add_mutually_exclusive_group()
    target.add_argument("--revision", help="a branch, made where it does not exist (default: the main one)")
    target.add_argument("--pr", action="store_true", help="open a pull request")
    push.add_argument("--dry-run", action="store_true", help="only list what would be uploaded")
    push.add_argument("--drop-licensed", action="store_true", help="leave out the rows that may not be passed on")
    push.add_argument("--json", action="store_true", help="for machines")
    push.set_defaults(run=_push)

    pull = commands.add_parser("pull", help="a model, data set or metric from the Hugging Face Hub, checked")
    pull.add_argument("repo_id", metavar="REPO_ID", help="user/name, or models/, datasets/ or spaces/user/name")
    pull.add_argument("--to", metavar="DIR", help="the folder (default: runs/NAME)")
    pull.add_argument("--revision", help="a branch, tag or commit (default: the main branch)")
    pull.add_argument("--json", action="store_true", help="for machines")
    pull.set_defaults(run=_pull)


def _add_build(commands: Any) -> None:
    build = commands.add_parser("build", help="data sets as Parquet files").add_subparsers(
        required=True, metavar="KIND"
    )
    instruct = build.add_parser("ieinstruct", help="instruction rows from raw files")
    instruct.add_argument("config", nargs="?", default="sample", help="sample, mixture or a source (default: sample)")
    instruct.add_argument("--data-dir", help="raw files of sources")
    instruct.add_argument("--report", action="store_true", help="write report.html, a look at what was built")
    instruct.add_argument("--tokenizer", help="drop rows longer than the recipe's max_tokens under this one")
    feedback = build.add_parser("iefeedback", help="preference pairs from samples files")
    feedback.add_argument("--data-dir", required=True, help="a folder with samples files (recipes/sample.py)")
    for command, run, recipes in (
        (
            instruct,
            _build_ieinstruct,
            "a YAML file, or paper (the default, but for its caps), reference_code, iepile",
        ),
        (feedback, _build_iefeedback, "a YAML file"),
    ):
        command.add_argument("--out", required=True, help="the folder to write")
        command.add_argument("--recipe", help=recipes)
        command.add_argument("--seed", type=int, help="overrides the recipe's seed")
        command.add_argument("--num-proc", type=_count, default=1, help="processes (default: 1)")
        command.add_argument("--json", action="store_true", help="print the counts as JSON")
        command.set_defaults(run=run)
    read_back = build.add_parser("check", help="reads every completion of a build back")
    read_back.add_argument("folder", metavar="DIR", help="a build of ieinstruct")
    read_back.add_argument("--json", action="store_true", help="for machines")
    read_back.set_defaults(run=_build_check)


def _add_endpoint(commands: Any) -> None:
    sampled = commands.add_parser("sample", help="answers to the prompts of a build, from a model behind an endpoint")
    sampled.add_argument("data", metavar="DATA", help="the folder of a build of IEInstruct")
    sampled.add_argument("--split", default="train", help="(default: train)")
    sampled.add_argument("--prompts", type=_count, help="at most this many prompts, drawn by their ids")
    sampled.add_argument("--n", type=_count, default=5, help="samples for each prompt (default: 5)")
    sampled.add_argument("--temperature", type=float, default=1.0, help="(default: 1)")
    sampled.add_argument("--max-new-tokens", type=_count, default=512, help="tokens of one sample (default: 512)")
    sampled.set_defaults(run=_sample)

    explained = commands.add_parser("explain", help="chain-of-thought explanations by an LLM behind an endpoint")
    explained.add_argument("data", metavar="DATA", help="the folder of a build of IEInstruct")
    explained.add_argument("--per-task", type=_count, default=1000, help="rows of each task (default: 1000)")
    explained.add_argument("--temperature", type=float, default=0.7, help="(default: 0.7)")
    explained.set_defaults(run=_explain)

    recipe_settings = commands.add_parser("describe", help="new task descriptions by an LLM behind an endpoint")
    recipe_settings.add_argument("tasks", nargs="+", metavar="TASK", help="a task, or several")
    recipe_settings.add_argument("--number", type=_count, default=20, help="how many for each task (default: 20)")
    recipe_settings.add_argument("--temperature", type=float, default=0.7, help="(default: 0.7)")
    recipe_settings.set_defaults(run=_describe)
    for command in (sampled, explained, recipe_settings):
        _asking(command)


def _asking(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--endpoint", required=True, metavar="URL", help="an OpenAI-compatible API, as http://HOST/v1"
    )
    command.add_argument("--model", required=True, help="the model's name there; the key comes from OPENAI_API_KEY")
    command.add_argument("--out", required=True, help="the file to write; the same command goes on where one stopped")
    command.add_argument("--seed", type=int, default=42, help="(default: 42)")
    command.add_argument("--concurrency", type=_count, default=8, help="requests at a time (default: 8)")
    command.add_argument("--max-requests", type=_count, help="the budget of the output: requests in all")
    command.add_argument("--max-tokens", type=_count, help="the budget of the output: tokens in all, prompts included")
    command.add_argument("--json", action="store_true", help="print the counts as JSON")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return number


def _loop(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sources", help="only these sources, separated by commas")
    command.add_argument("--seed", type=int, help="overrides the recipe's seed")
    command.add_argument("--json", action="store_true", help="print the scores as JSON")


def _demo(args: argparse.Namespace) -> None:
    own = args.data_dir is not None
    recipe, out = ("tiny-data", "runs/demo-data") if own else ("tiny", "runs/demo")
    _run_loop(args, args.data_dir, "scratch", args.out or out, recipe)


def _align(args: argparse.Namespace) -> None:
    _run_loop(args, args.data, args.model, args.out, args.recipe)


def _run_loop(args: argparse.Namespace, data: str | None, model: str, out: str, recipe: str) -> None:
    from adelie_hf.align import align
    from adelie_hf.report import scores_as_text

    scores = align(data, model, out, recipe, _names(args.sources), args.seed, say=_say)
    print(
        json.dumps(scores) if args.json else f"{scores_as_text(scores)}\n\nAll of it is in {out}; see {out}/report.md"
    )


def _names(all_sources: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (all_sources or "").split(",") if name.strip())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _sources_list(args: argparse.Namespace) -> None:
    from adelie_hf.sources import all_sources
    from adelie_hf.sources.listing import source_as_json, source_as_text

    if args.json:
        print(json.dumps([source_as_json(item) for item in all_sources().values()]))
    else:
        print("\n\n".join(map(source_as_text, all_sources().values())))


def _sources_check(args: argparse.Namespace) -> None:
    from adelie_hf.sources import summarise_files
    from adelie_hf.sources.discovery import archives
    from adelie_hf.sources.inventory import take_inventory
    from adelie_hf.sources.listing import inventory_as_text

    unreadable = 0
    for said in take_inventory(args.data_dir, _names(args.sources)):
        print(json.dumps(said) if args.json else inventory_as_text(said), flush=True)
        unreadable += said["state"] == "unreadable"
    for packed in summarise_files(archives(args.data_dir)):
        _say(f"not looked into: {packed}; unpack what is packed")
    if unreadable:
        raise InputError(f"{unreadable} of the sources below {args.data_dir} cannot be read; see above")


def _sources_overlap(args: argparse.Namespace) -> None:
    from adelie_hf.sources.inventory import text_overlap

    found = text_overlap(args.data_dir, args.first, args.second)
    if args.json:
        print(json.dumps(found))
        return
    print(
        f"{found['shared']:,} texts in both; " + ", ".join(f"{name} has {n:,}" for name, n in found["texts"].items())
    )
    for pair in found["examples"]:
        print("  " + " = ".join(pair))


def _build_ieinstruct(args: argparse.Namespace) -> None:
    from adelie_hf.ieinstruct import SAMPLE, inputs, load_recipe, plan, recipe_settings
    from adelie_hf.sources import skipped_files

    recipe = load_recipe(args.recipe, args.seed, tokenizer=args.tokenizer)
    parts = plan(args.config, args.data_dir, recipe)
    for line in (
        skipped_files(args.data_dir, () if args.config == "mixture" else (args.config,)) if args.data_dir else ()
    ):
        _say(line)
    files, root = inputs(parts, recipe, args.recipe), SAMPLE if args.data_dir is None else Path(args.data_dir)
    _build(args, "ieinstruct", parts, files, root, recipe_settings(recipe))
    if args.report:
        from adelie_hf.report.build_report import write_build_report

        _say(f"see {write_build_report(Path(args.out))}")


def _build_check(args: argparse.Namespace) -> None:
    from adelie_hf.ieinstruct.round_trip import check_build

    outcomes, wrong = check_build(args.folder)
    for line in wrong[:20]:
        _say(line)
    print(json.dumps(outcomes) if args.json else ", ".join(f"{number:,} {name}" for name, number in outcomes.items()))
    if wrong:
        raise InputError(
            f"{args.folder}: {len(wrong):,} of {outcomes.total():,} rows cannot be read back; build it again"
        )


def _build_iefeedback(args: argparse.Namespace) -> None:
    from dataclasses import asdict

    from adelie_hf.iefeedback import inputs, load_recipe, plan

    recipe = load_recipe(args.recipe, args.seed)
    files, root = inputs(args.data_dir, args.recipe), Path(args.data_dir)
    _build(args, "iefeedback", plan(args.data_dir, recipe), files, root, asdict(recipe))


def _build(args: argparse.Namespace, kind: str, parts: dict, files: list, root: Path, settings: dict) -> None:
    from adelie_hf.build import build, named

    counts = build(kind, parts, named(files, root), settings, Path(args.out), args.num_proc, _say)
    _print_counts(args, counts)


def _sample(args: argparse.Namespace) -> None:
    from adelie_hf.sampling.from_endpoint import sample_endpoint

    how = (args.split, args.prompts, args.n, args.temperature, args.max_new_tokens)
    counts = sample_endpoint(args.data, _endpoint(args), Path(args.out), *how, args.seed, _say)
    _print_counts(args, {args.split: counts})


def _explain(args: argparse.Namespace) -> None:
    from adelie_hf.sampling.explain import explain

    how = (args.per_task, args.temperature)
    _print_counts(args, explain(args.data, _endpoint(args), Path(args.out), *how, args.seed, _say))


def _describe(args: argparse.Namespace) -> None:
    from adelie_hf.sampling.describe import describe

    how = (args.number, args.temperature)
    _print_counts(args, describe(args.tasks, _endpoint(args), Path(args.out), *how, args.seed, _say))


def _endpoint(args: argparse.Namespace) -> Endpoint:
    from adelie_hf.sampling.endpoint import Endpoint

    return Endpoint(args.endpoint, args.model, args.concurrency, args.max_requests, args.max_tokens)


def _print_counts(args: argparse.Namespace, counts: Mapping[str, Mapping[str, int]]) -> None:
    print(json.dumps(counts) if args.json else "\n".join(_counted(name, of) for name, of in counts.items()))


def _push(args: argparse.Namespace) -> None:
    from adelie_hf.hub.push import push

    options = ("to", "private", "revision", "dry_run", "drop_licensed")
    given = {option: getattr(args, option) for option in options}
    pushed = push(args.kind, args.folder, args.repo_id, **given, create_pr=args.pr, say=_say)
    if args.json:
        print(json.dumps(pushed))
        return
    for name, size in pushed["files"].items():
        print(f"{size:>14,}  {name}")
    for source, rows in pushed["removed"].items():
        print(f"left out: {rows:,} rows of {source}, which may not be passed on")
    done = f"written to {args.to}" if args.to else f"{pushed.get('url')}"
    print("nothing was uploaded or written" if args.dry_run else done)


def _pull(args: argparse.Namespace) -> None:
    from adelie_hf.hub.pull import pull

    pulled = pull(args.repo_id, args.to, args.revision, _say)
    state = "every file is the one of its manifest" if pulled["verified"] else "not checked against digests"
    print(json.dumps(pulled) if args.json else f"{pulled['repo_type']} in {pulled['folder']}; {state}")


def _counted(split: str, counts: Mapping[str, int]) -> str:
    return f"{split}: {', '.join(f'{number} {name}' for name, number in sorted(counts.items()))}"


if __name__ == "__main__":
    sys.exit(main())
