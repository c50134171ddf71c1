"""The gallery: the demos in their order. Adding one is one folder and one line here."""

from demos import cell_counting, fashion_mnist, question_answering, sst2, transfer_learning

GALLERY = (
    transfer_learning.DEMO,
    cell_counting.DEMO,
    question_answering.DEMO,
    fashion_mnist.DEMO,
    sst2.DEMO,
)
