"""Fashion-MNIST: ten kinds of clothing in 28 × 28 grey pixels."""

from demos.core.demo import ASSETS, Demo, Example, Headline, Step, Variant

_PICTURES = ASSETS / "examples" / "fashion_mnist"

DEMO = Demo(
    name="fashion_mnist",
    slug="fashion-mnist",
    title="Fashion-MNIST",
    tab="Fashion",
    task="Draw a shirt. Why does it say coat?",
    endpoint="classify_clothing",
    variants=(
        Variant("best", "Best", "A small modern convolutional network."),
        Variant("seed", "Seed", "The seed's Keras network with the seed's settings."),
        Variant(
            "seed_plus",
            "Seed, trained better",
            "The seed's architecture to the letter, trained as well as possible.",
        ),
    ),
    examples=(),
    tour=(),
    headline=Headline(
        metric="accuracy",
        label="accuracy",
        low=0.89,
        high=0.98,
        seed=0.9064,
        published=0.969,
        published_note="wide residual net with random erasing, 36 M parameters",
        percent=True,
        digits=1,
    ),
)
