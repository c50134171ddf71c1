"""The gallery: the demos in their order. Adding one is one folder and one line here."""

from demos import (
    cell_counting,
    cifar10,
    fashion_mnist,
    named_entities,
    pooh_rag,
    question_answering,
    sst2,
    super_resolution,
    transfer_learning,
    word_embeddings,
)

GALLERY = (
    transfer_learning.DEMO,
    cifar10.DEMO,
    super_resolution.DEMO,
    word_embeddings.DEMO,
    cell_counting.DEMO,
    named_entities.DEMO,
    question_answering.DEMO,
    pooh_rag.DEMO,
    fashion_mnist.DEMO,
    sst2.DEMO,
)
