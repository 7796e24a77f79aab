"""The commands: each is a thin call of the library, and imports what it needs when it runs."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adelie_hf.errors import InputError

if TYPE_CHECKING:
    from adelie_hf.evaluation import RunScores
    from adelie_hf.evaluation.benchmark import Benchmark
    from adelie_hf.manifest import Counts
    from adelie_hf.sampling.endpoint import Endpoint

logger = logging.getLogger(__name__)

_PROBLEMS_SHOWN = 20


def run_demo(args: argparse.Namespace) -> None:
    """`adelie-hf demo`."""
    from adelie_hf.loop import align

    model, recipe, out = _demo_model(args.model), "smollm2-demo", "runs/demo"
    if model == "scratch":
        recipe, out = ("tiny" if args.data_dir is None else "tiny-data"), "runs/demo-scratch"
    out = args.out or (out if args.data_dir is None else f"{out}-data")
    _print_scores(args, align(args.data_dir, model, out, recipe, sources=args.sources, seed=args.seed), out)


def _demo_model(name: str | None) -> str:
    """Return the folder of SmolLM2, or `scratch` where that is asked for or the weights cannot be had."""
    from adelie_hf.models.smollm2 import fetch_weights

    if name == "scratch":
        return name
    try:
        return str(fetch_weights())
    except InputError as error:
        if name is not None:
            raise
        logger.warning("%s; the demo trains a tiny model from scratch instead", error)
        return "scratch"


def run_align(args: argparse.Namespace) -> None:
    """`adelie-hf align`."""
    from adelie_hf.loop import align
    from adelie_hf.sources.readers.columns import parse_columns

    scores = align(
        args.data,
        args.model,
        args.out,
        args.recipe,
        sources=args.sources,
        seed=args.seed,
        stages=args.stages,
        accelerate=args.accelerate,
        nproc=args.nproc,
        splits=dict(args.split),
        columns=parse_columns(args.columns, args.scheme),
        strict=args.strict,
        cut=args.cut,
    )
    _print_scores(args, scores, args.out)


def _print_scores(args: argparse.Namespace, scores: RunScores | None, out: str) -> None:
    from adelie_hf.files import read_json
    from adelie_hf.report import scores_as_text
    from adelie_hf.report.score_tables import benchmark_as_text
    from adelie_hf.run_folder import RunFolder

    if args.json:
        print(json.dumps(scores))
    elif scores is None:
        print(f"The stages are complete; their results are in {out}, which has no scores yet")
    else:
        asked = [each for file in RunFolder(Path(out)).benchmarks for each in read_json(file)["benchmarks"]]
        texts = [scores_as_text(scores), *(text for each in asked for text in benchmark_as_text(each))]
        print("\n\n".join([*texts, f"Everything is in {out}; see {out}/report.md"]))


def run_merge(args: argparse.Namespace) -> None:
    """`adelie-hf merge`."""
    from adelie_hf.training import merge_adapter

    entry = merge_adapter(args.adapter, args.out)
    if args.json:
        print(json.dumps(entry.to_json()))
        return
    base = "the quantized base" if entry.quantized else "its base"
    if entry.difference is None:
        change = f"the difference from the adapter on {base} was not measured"
    else:
        change = f"logits differ by at most {entry.difference:.2g} from those of the adapter on {base}"
    print(f"the merged model is in {args.out}; {change} ({entry.prompts} prompts)")


def run_extract(args: argparse.Namespace) -> None:
    """`adelie-hf extract`."""
    from adelie_hf.extraction import Extractor, Result, load_schema
    from adelie_hf.extraction.files import check_inputs, extract_lines, extract_to_file, read_texts
    from adelie_hf.files import atomic_write, read_journal

    schema = load_schema(args.schema, args.task)
    check_inputs(args.files)
    asking = {"format": args.format, "constrained": args.constrained, "window": args.window}
    if args.endpoint:
        extractor = Extractor.at(args.endpoint, args.model, concurrency=args.batch_size, **asking)
    else:
        extractor = Extractor(args.model, batch_size=args.batch_size, **asking)
    if args.held_out:
        calibration = extractor.calibrate(schema, args.held_out)
        logger.info(
            "confidences are calibrated on %d items; expected calibration error %.3f, before %.3f",
            calibration.items,
            calibration.error_after,
            calibration.error_before,
        )
    texts = read_texts(args.files, args.column, args.lines, sys.stdin.buffer)
    lines: list[dict[str, Any]] = []
    if args.out is None:
        for chunk in extract_lines(extractor, schema, texts, grounded=args.grounded):
            print("\n".join(json.dumps(line, ensure_ascii=False) for line in chunk), flush=True)
            lines += chunk if args.html else ()
    else:
        settings = asking | {name: getattr(args, name) for name in ("model", "endpoint", "held_out", "grounded")}
        settings |= {"schema": schema.to_yaml()}
        out = Path(args.out)
        counts = extract_to_file(extractor, schema, texts, out, grounded=args.grounded, settings=settings)
        statuses = ", ".join(f"{number:,} {status}" for status, number in counts.most_common())
        print(json.dumps(counts) if args.json else f"{counts.total():,} texts ({statuses}) are in {out}")
    if args.html:
        from adelie_hf.extraction.page import result_page

        if args.out is not None:
            lines = read_journal(Path(args.out))
        results = [Result.from_dict(line, schema) for line in lines]
        with atomic_write(Path(args.html)) as partial:
            partial.write_text(result_page(results, ", ".join(args.files)), encoding="utf-8")


def run_evaluate(args: argparse.Namespace) -> None:
    """`adelie-hf evaluate`."""
    from adelie_hf.evaluation.answering import endpoint_answers, local_answers, system_name
    from adelie_hf.evaluation.benchmark import benchmark_files, load_benchmark
    from adelie_hf.evaluation.evaluating import evaluate
    from adelie_hf.files import write_json
    from adelie_hf.report import scores_as_text, write_evaluation_report
    from adelie_hf.sampling.endpoint import Endpoint

    if args.data is None:
        known = {name: load_benchmark(name) for name in benchmark_files()}
        print(json.dumps({name: one.model_dump() for name, one in known.items()}) if args.json else _listed(known))
        return
    models = {
        name: endpoint_answers(Endpoint(args.endpoint, model)) if args.endpoint else local_answers(model)
        for name, model in _once([(system_name(model), model) for model in args.model], "model").items()
    }
    evaluation = evaluate(
        args.data,
        args.data_dir,
        predictions=_once(args.predictions, "predictions"),
        models=models,
        shots=args.shots,
        rows=args.rows,
        repeats=args.repeats,
        split=args.split,
        train=() if args.untrained else None,
        work=args.work,
        seed=args.seed,
    )
    if args.out:
        write_json(Path(args.out), evaluation.scores)
    given = evaluation.predictions
    outputs = {name: one.outputs for name, one in given.items()}
    confidences = {name: one.confidences for name, one in given.items()}
    for file in args.report:
        write_evaluation_report(file, evaluation.rows, outputs, evaluation.scores, evaluation.train, confidences)
    print(json.dumps(evaluation.scores) if args.json else scores_as_text(evaluation.scores))


def _listed(benchmarks: Mapping[str, Benchmark]) -> str:
    from adelie_hf.report.score_tables import text_table

    header = ["name", "title", "tasks", "rows", "shots"]
    rows = [
        [name, one.title, ", ".join(one.tasks), f"{one.rows}", ", ".join(map(str, one.shots))]
        for name, one in benchmarks.items()
    ]
    return text_table([header, *rows])


def _once(named: list[tuple[str, str]], parameter: str) -> dict[str, str]:
    if len(systems := dict(named)) < len(named):
        raise InputError("two systems have the same name; give each its own", parameter=parameter)
    return systems


def run_leaderboard(args: argparse.Namespace) -> None:
    """`adelie-hf leaderboard`."""
    from adelie_hf.report.leaderboard import leaderboard_tables, read_leaderboard, write_leaderboard
    from adelie_hf.report.score_tables import text_table

    entries = read_leaderboard(args.folder)
    out = args.out or Path(args.folder) / "leaderboard.html"
    write_leaderboard(out, entries)
    tables = leaderboard_tables(entries)
    if args.json:
        named = [{"title": title, "rows": table} for title, table in tables]
        print(json.dumps(named, ensure_ascii=False))
        return
    for title, table in tables:
        shown = 3 if "mean of the closed tasks" in table[0] else None
        print(f"{title}\n\n{text_table([row[:shown] for row in table])}\n")
    print(f"The scores of each task are in {out}")


def run_sources_list(args: argparse.Namespace) -> None:
    """`adelie-hf sources list`."""
    from adelie_hf.sources import all_sources
    from adelie_hf.sources.listing import source_as_json, source_as_text

    if args.json:
        print(json.dumps([source_as_json(source) for source in all_sources().values()]))
    else:
        print("\n\n".join(map(source_as_text, all_sources().values())))


def run_sources_check(args: argparse.Namespace) -> None:
    """`adelie-hf sources check`."""
    from adelie_hf.sources import summarise_files
    from adelie_hf.sources.inventory import take_inventory
    from adelie_hf.sources.listing import absences_as_text, inventory_as_json, inventory_as_text
    from adelie_hf.sources.readers.columns import parse_columns
    from adelie_hf.sources.scan import find_archives

    unreadable = 0
    absent = []
    columns = parse_columns(args.columns, args.scheme)
    for inventory in take_inventory(
        args.data_dir, args.sources, dict(args.split), columns, strict=args.strict, cut=args.cut
    ):
        if args.json:
            print(json.dumps(inventory_as_json(inventory)), flush=True)
        elif inventory.state in ("absent", "other layout") and not args.sources:
            absent.append(inventory)
        else:
            print(inventory_as_text(inventory), flush=True)
        unreadable += inventory.state in ("unreadable", "unclear")
    for line in absences_as_text(absent):
        print(line)
    for archives in summarise_files(find_archives(args.data_dir)):
        logger.info("not searched: %s; extract archives first", archives)
    if unreadable:
        raise InputError(f"{unreadable} of the sources below {args.data_dir} cannot be read; see above")


def run_sources_overlap(args: argparse.Namespace) -> None:
    """`adelie-hf sources overlap`."""
    from adelie_hf.sources.inventory import text_overlap

    overlap = text_overlap(args.data_dir, args.first, args.second)
    if args.json:
        print(json.dumps(overlap._asdict()))
        return
    texts = ", ".join(f"{name} has {number:,}" for name, number in overlap.texts.items())
    print(f"{overlap.shared:,} texts in both; {texts}")
    for pair in overlap.examples:
        print("  " + " = ".join(pair))


def run_build_ieinstruct(args: argparse.Namespace) -> None:
    """`adelie-hf build ieinstruct`."""
    from adelie_hf.api import build_ieinstruct
    from adelie_hf.sources import skipped_files
    from adelie_hf.sources.readers.columns import parse_columns

    columns = parse_columns(args.columns, args.scheme)
    counts = build_ieinstruct(
        args.config,
        args.data_dir,
        out=args.out,
        recipe=args.recipe,
        seed=args.seed,
        tokenizer=args.tokenizer,
        sources=args.sources,
        num_proc=args.num_proc,
        splits=dict(args.split),
        columns=columns,
        strict=args.strict,
        cut=args.cut,
    )
    if args.data_dir:
        names = args.sources if args.config in ("mixture", "align") else (args.config,)
        for line in skipped_files(args.data_dir, names, dict(args.split), columns):
            logger.info(line)
    _print_counts(args, counts)
    if args.report:
        from adelie_hf.report.build_report import write_build_report

        logger.info("see %s", write_build_report(Path(args.out)))


def run_build_iefeedback(args: argparse.Namespace) -> None:
    """`adelie-hf build iefeedback`."""
    from adelie_hf.api import build_iefeedback
    from adelie_hf.iefeedback import load_recipe
    from adelie_hf.report.pairs_report import require_pairs, write_pairs_report

    recipe = load_recipe(args.recipe, args.seed)
    if args.report:
        require_pairs(recipe.shape, args.recipe)  # before a build that may take minutes
    counts = build_iefeedback(args.data_dir, out=args.out, recipe=args.recipe, seed=args.seed)
    if args.report:
        logger.info("see %s", write_pairs_report(Path(args.out)))
    _print_counts(args, counts)


def run_build_check(args: argparse.Namespace) -> None:
    """`adelie-hf build check`."""
    from adelie_hf.ieinstruct.round_trip import check_build

    outcomes, problems = check_build(args.folder)
    for line in problems[:_PROBLEMS_SHOWN]:
        logger.info(line)
    print(json.dumps(outcomes) if args.json else ", ".join(f"{number:,} {name}" for name, number in outcomes.items()))
    if problems:
        raise InputError(
            f"{args.folder}: {len(problems):,} of {outcomes.total():,} rows cannot be read back; build it again"
        )


def run_sample(args: argparse.Namespace) -> None:
    """`adelie-hf sample`."""
    from adelie_hf.sampling.endpoint_samples import SampleOptions, read_batch, sample_endpoint, write_batch

    out = Path(args.out)
    options = SampleOptions(args.split, args.prompts, args.n, args.temperature, args.max_new_tokens, args.seed)
    if args.batch:
        counts = write_batch(args.data, args.model, out, options)
    elif args.replies:
        counts = read_batch(args.data, args.model, Path(args.replies), out, options)
    else:
        counts = sample_endpoint(args.data, _endpoint(args), out, options)
    _print_counts(args, {args.split: counts})


def run_explain(args: argparse.Namespace) -> None:
    """`adelie-hf explain`."""
    from adelie_hf.sampling.explain import explain

    counts = explain(
        args.data,
        _endpoint(args),
        Path(args.out),
        per_task=args.per_task,
        temperature=args.temperature,
        seed=args.seed,
    )
    _print_counts(args, counts)


def run_describe(args: argparse.Namespace) -> None:
    """`adelie-hf describe`."""
    from adelie_hf.sampling.describe import describe

    counts = describe(
        args.tasks,
        _endpoint(args),
        Path(args.out),
        number=args.number,
        temperature=args.temperature,
        seed=args.seed,
    )
    _print_counts(args, counts)


def _endpoint(args: argparse.Namespace) -> Endpoint:
    from adelie_hf.sampling.endpoint import Endpoint

    return Endpoint(args.endpoint, args.model, args.concurrency, args.max_requests, args.max_tokens)


def _print_counts(args: argparse.Namespace, counts: Mapping[str, Counts]) -> None:
    if args.json:
        print(json.dumps({name: entry.to_json() for name, entry in counts.items()}))
    else:
        print("\n".join(f"{name}: {entry}" for name, entry in counts.items()))


def run_push(args: argparse.Namespace) -> None:
    """`adelie-hf push`."""
    from adelie_hf.hub.push import push

    pushed = push(
        args.kind,
        args.folder,
        args.repo_id,
        to=args.to,
        private=args.private,
        revision=args.revision,
        create_pr=args.pr,
        dry_run=args.dry_run,
        drop_licensed=args.drop_licensed,
    )
    if args.json:
        print(json.dumps(pushed))
        return
    for name, size in pushed["files"].items():
        print(f"{size:>14,}  {name}")
    for source, rows in pushed["removed"].items():
        print(f"left out: {rows:,} rows of {source}, which may not be passed on")
    done = f"written to {args.to}" if args.to else f"{pushed.get('url')}"
    print("nothing was uploaded or written" if args.dry_run else done)


def run_pull(args: argparse.Namespace) -> None:
    """`adelie-hf pull`."""
    from adelie_hf.hub.pull import pull

    pulled = pull(args.repo_id, args.to, args.revision)
    state = "every file matches the manifest" if pulled["verified"] else "not checked against digests"
    print(json.dumps(pulled) if args.json else f"{pulled['repo_type']} in {pulled['folder']}; {state}")
