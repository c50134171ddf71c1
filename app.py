"""The gallery: build it, serve it."""

import os
import tempfile

# Before Gradio is imported: it asks nobody about new versions and reports nothing, and stores
# visitors' files in a folder that no other program uses, so that all of it can be deleted.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault(
    "GRADIO_TEMP_DIR",
    os.path.join(
        tempfile.gettempdir(),
        "ten-small-networks-"
        f"{getattr(os, 'getuid', int)()}-{os.environ.get('GRADIO_SERVER_PORT', '7860')}",
    ),
)

from demos import GALLERY
from demos.core.server import serve

if __name__ == "__main__":
    serve(GALLERY)
