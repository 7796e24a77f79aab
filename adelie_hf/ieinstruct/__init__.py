"""IEInstruct: records become instruction rows (paper, section 3).

`plan` says which units a build has, split by split; `make_rows` makes the rows of one unit.
"""

from adelie_hf.ieinstruct.plan import SAMPLE, plan
from adelie_hf.ieinstruct.recipe import Recipe, load_recipe
from adelie_hf.ieinstruct.unit_rows import make_rows
from adelie_hf.ieinstruct.units import BuildUnit

__all__ = ["SAMPLE", "BuildUnit", "Recipe", "load_recipe", "make_rows", "plan"]
