"""The made-up demos from outside, with $GALLERY_ASSETS as the folder of what they need.

`python -m tests.made_up` serves them; `python -m tests.made_up noise train …` is the command line
of a trainer.
"""

import os
import runpy
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from tests.made_up import MADE_UP

if __name__ == "__main__":
    if len(sys.argv) > 1:
        name = sys.argv.pop(1)
        runpy.run_module(f"trainers.{name}", run_name="__main__", alter_sys=True)
    else:
        from demos.core.server import serve

        serve(MADE_UP)
