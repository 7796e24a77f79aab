"""`python -m adelie_hf.cli` is `adelie-hf`."""

import sys

from adelie_hf.cli.main import main

sys.exit(main())
