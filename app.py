"""The gallery: build it, serve it."""

import os

# Before Gradio is imported: it asks nobody about new versions and reports nothing.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from demos import GALLERY
from demos.core.server import serve

if __name__ == "__main__":
    serve(GALLERY)
