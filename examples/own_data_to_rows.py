"""Turn tagged tokens of your own into rows that `SFTTrainer` takes.

python examples/own_data_to_rows.py            # on a file that the script writes
python examples/own_data_to_rows.py my/folder  # on train.conll, dev.conll, ... in a folder of yours
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from datasets import load_dataset

import adelie_hf
from adelie_hf.ieinstruct import Recipe

SENTENCES = """\
Ada B-person
Brenn I-person
joined O
Acme B-company
. O

Nothing O
happened O
. O

Globex B-company
hired O
Juno B-person
Pell I-person
in O
Paris B-city
. O
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", nargs="?", type=Path, help="a folder with tagged tokens")
    parser.add_argument("--out", type=Path, default=Path("runs/own-data"), help="the build (default: runs/own-data)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as written:
        if args.data_dir is None:
            args.data_dir = Path(written)
            (args.data_dir / "train.conll").write_text(SENTENCES, encoding="utf-8")
        show_rows(args.data_dir, args.out)


def show_rows(data_dir: Path, out: Path) -> None:
    for record in adelie_hf.load_records("bio", data_dir, split="train"):
        print(record.text, [(mention.text, mention.type) for mention in record.mentions])

    recipe = Recipe(text=1.0, demonstrations=0.0, subset=0.0)
    counts = adelie_hf.build_ieinstruct("bio", data_dir, out=out, recipe=recipe)
    print(f"\n{counts['train'].kept['rows']} rows in {out}; the first:\n")

    row = load_dataset(str(out), split="train")[0]
    for turn in row["prompt"] + row["completion"]:
        print(f"{turn['role']}: {turn['content']}")


if __name__ == "__main__":
    main()
