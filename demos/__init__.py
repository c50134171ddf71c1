"""The gallery: the demos in their order. Adding one is one folder and one line here."""

from demos import cell_counting, fashion_mnist

GALLERY = (cell_counting.DEMO, fashion_mnist.DEMO)
