"""IEFeedback: preference pairs from a model's own samples and the gold answers (paper, section 4).

`plan` plans a build, `make_rows` yields the pairs of its one unit. A sample's score is the metric of its task on that
one example, from 0 to 1 (`adelie_hf.scoring.task_metric`). The paper scores by character BLEU, which punishes another
order of the same items and gives a correct `NA` 0.59, so that two answers with the same meaning could become a pair.
Here the two sides of a pair always differ in meaning.
"""

from adelie_hf.iefeedback.feedback_rows import make_rows
from adelie_hf.iefeedback.pairs import DISAGREEMENT
from adelie_hf.iefeedback.plan import plan
from adelie_hf.iefeedback.recipe import FeedbackRecipe, load_recipe
from adelie_hf.iefeedback.unit import FeedbackUnit

__all__ = ["DISAGREEMENT", "FeedbackRecipe", "FeedbackUnit", "load_recipe", "make_rows", "plan"]
