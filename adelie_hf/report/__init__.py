"""Reports: of evaluations and runs, of the composition of builds, and the pages of the metrics' Spaces."""

from adelie_hf.report.build_report import write_build_report
from adelie_hf.report.evaluation_report import write_evaluation_report
from adelie_hf.report.pairs_report import write_pairs_report
from adelie_hf.report.run_report import write_run_report
from adelie_hf.report.score_tables import score_table, scores_as_text

__all__ = [
    "score_table",
    "scores_as_text",
    "write_build_report",
    "write_evaluation_report",
    "write_pairs_report",
    "write_run_report",
]
