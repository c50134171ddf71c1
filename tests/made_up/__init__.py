"""Made-up demos for the tests, one for each kind of input, in folders of their own.

`noise` is whole, with network and trainer, and shows how a demo is added; the others have no
network. They are found as any demo is, as `demos.<name>` and `trainers.<name>`, once this package
was imported. Their examples and checkpoints are written by `tests.made_up.assets`.
"""

import os
import tempfile
from pathlib import Path
from unittest import mock

import demos
import demos.core.demo
import trainers

_HERE = Path(__file__).parent
demos.__path__.append(str(_HERE / "demos"))
trainers.__path__.append(str(_HERE / "trainers"))
_temporary = tempfile.TemporaryDirectory(prefix="made-up-")
FOLDER = Path(os.environ.get("GALLERY_ASSETS") or _temporary.name)

# A record names its examples below ASSETS, when it is imported.
with mock.patch.object(demos.core.demo, "ASSETS", FOLDER):
    from demos import chat, index, noise, number, reader

MADE_UP = (noise.DEMO, reader.DEMO, index.DEMO, chat.DEMO, number.DEMO)
