"""Fashion-MNIST: ten kinds of clothing in 28 × 28 grey pixels."""

from demos.core.demo import ASSETS, Demo, Example, Guess, Headline, Input, Step, Variant

_PICTURES = ASSETS / "examples" / "fashion_mnist"


def _example(name: str, title: str, truth: str | None) -> Example:
    picture = _PICTURES / f"{name}.png"
    return Example(name, title, (str(picture),), truth, picture=picture)


DEMO = Demo(
    name="fashion_mnist",
    slug="fashion-mnist",
    title="Fashion-MNIST",
    tab="Fashion",
    task="Draw a shirt. Why does it say coat? Ten kinds of clothing in 28 × 28 grey pixels.",
    does="Say which of ten kinds of clothing is in a picture.",
    endpoint="classify_clothing",
    inputs=(
        Input(
            "picture",
            "picture",
            label="Picture of one piece of clothing",
            about="A picture of one piece of clothing as a file or an address",
            limit=24,
            webcam=True,
            drawable=True,
        ),
    ),
    variants=(
        Variant(
            "best",
            "Best",
            "A small wide residual network; its images were flipped, shifted and partly erased.",
        ),
        Variant(
            "seed_plus",
            "Original, distilled",
            "The original's layers, trained longer, on what Best answers.",
        ),
        Variant(
            "seed", "Original", "The original Keras network with its own settings, to the letter."
        ),
    ),
    examples=(
        _example("tshirt", "T-shirt", "T-shirt/top"),
        _example("trousers", "Trousers", "Trouser"),
        _example("dress", "Dress", "Dress"),
        _example("sneaker", "Sneaker", "Sneaker"),
        _example("bag", "Bag", "Bag"),
        _example("pullover_negative", "Pullover, light on black", "Pullover"),
        _example("boot_outline", "Boot, outline only", "Ankle boot"),
        _example("cup", "A cup", None),
    ),
    tour=(
        Step(
            "tshirt",
            "seed",
            "A picture becomes 28 × 28 pixels, light on black, just as the training data was "
            "made. That little image is all the network sees.",
        ),
        Step(
            "pullover_negative",
            "best",
            "Light on black or dark on white: the background is found at the picture's border and "
            "turned black, since the network has never seen a white one.",
            guess=Guess(
                "The training pictures are light on black, this one is dark on white. What will "
                "it say?",
                ("“Bag”", "“Pullover”", "That it has never seen such a thing"),
                1,
            ),
        ),
        Step(
            "boot_outline",
            "best",
            "The data has no outlines, only photographs, so a closed outline is filled "
            "before the network looks.",
            guess=Guess(
                "It knows photographs only. What will it make of an outline?",
                ("An ankle boot", "A sandal", "Nothing: it gives no answer"),
                0,
            ),
        ),
        Step(
            "tshirt",
            "best",
            "Shirts are the hardest class for every network here: they are taken for T-shirts, "
            "pullovers and coats. “Training curves and errors” below shows the worst ones.",
        ),
        Step(
            "cup",
            "best",
            "A cup is none of the ten. The network would say “Bag” with great confidence; a "
            "separate score says that the picture is unlike the training data, so no percentage "
            "is shown.",
            guess=Guess(
                "A cup is none of the ten. What will the page say?",
                (
                    "“Bag”, and it is sure",
                    "“Bag”, with a low percentage",
                    "That it is unlike all ten",
                ),
                2,
            ),
        ),
    ),
    headline=Headline(
        metric="accuracy",
        label="accuracy",
        low=0.89,
        high=0.98,
        percent=True,
        digits=2,
    ),
)
