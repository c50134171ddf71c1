"""Cell counting: how many cells are in a fluorescence image, and where."""

from demos.core.demo import ASSETS, Demo, Example, Guess, Headline, Input, Step, Variant

_PICTURES = ASSETS / "examples" / "cell_counting"

CHANNELS = ALL, *_ = ("brightest", "red", "green", "blue")


def _example(name: str, title: str, truth: int) -> Example:
    picture = _PICTURES / f"{name}.png"
    return Example(name, title, (str(picture), 0, ALL), truth, picture=picture)


DEMO = Demo(
    name="cell_counting",
    slug="cell-counting",
    title="Cell counting",
    tab="Cells",
    task="How many cells are in a fluorescence image, and where they are.",
    does="Count the cells in a fluorescence image and say where they are.",
    endpoint="count_cells",
    inputs=(
        Input(
            "picture",
            "picture",
            label="Microscopy image",
            about="A fluorescence image as a file or an address",
            limit=8,
            background=0,
        ),
        Input(
            "diameter",
            "number",
            label="Cell diameter in pixels (0: estimated from the picture)",
            about="The diameter of the cells in pixels, or 0 to have it estimated",
            default=0,
            low=0,
            high=200,
            step=1,
        ),
        Input(
            "channel",
            "choice",
            label="Channel",
            about="The channel to count in (“brightest” is the brightest one at each pixel)",
            choices=CHANNELS,
            default=ALL,
        ),
    ),
    variants=(
        Variant(
            "best",
            "Synthetic cells",
            "A small U-Net that sees intensity only, trained on all 100 synthetic images.",
        ),
        Variant(
            "field",
            "Any picture",
            "A U-Net trained on photographs too; it finds the size of the cells. Pictures like "
            "the synthetic cells are left to the network that knows only those.",
        ),
        Variant(
            "plain",
            "No learning",
            "Threshold, distance transform, peaks: what an ImageJ user does. Nothing is trained.",
        ),
        Variant(
            "baseline",
            "Baseline",
            "Three convolutional blocks and one number: the original's first net.",
        ),
        Variant(
            "feature_rich",
            "Feature-rich",
            "A deeper regressor with a larger receptive field; still one number.",
        ),
        Variant("unet", "U-Net", "The original's third net: a density map whose sum is the count."),
    ),
    examples=(
        _example("typical", "A typical field", 171),
        _example("sparse", "Few cells", 12),
        _example("empty", "An empty field", 0),
        _example("crowded", "Crowded", 600),
        _example("touching", "Touching cells", 150),
        _example("blurred", "Out of focus", 150),
    ),
    tour=(
        Step(
            "typical",
            "best",
            "One pass of the network paints a density map over the image; its sum is the count, "
            "here within three per cent of the truth.",
        ),
        Step(
            "empty",
            "best",
            "An empty field with an uneven background: the map stays empty.",
            guess=Guess(
                "An empty field with an uneven background: how many cells will it count?",
                ("None", "About ten", "About a hundred"),
                0,
            ),
        ),
        Step(
            "empty",
            "baseline",
            "The same empty field, and a network that answers with one number: it sees some twenty "
            "cells, since it has never seen a field without any.",
            guess=Guess(
                "The same field, and a network that never saw one without cells. How many now?",
                ("None", "Some twenty", "Over a hundred"),
                1,
            ),
        ),
        Step(
            "touching",
            "best",
            "Touching cells: their light runs together, yet the count is right to within five "
            "per cent.",
        ),
        Step(
            "crowded",
            "best",
            "Almost twice the cells of any training image: the count is off by more than ten. The "
            "gallery notices that the picture is unlike the training data, warns, and shows no "
            "interval.",
            guess=Guess(
                "600 cells, almost twice as many as in any training image. What will it say?",
                (
                    "About 300, the most it knows",
                    "About 600, and it is sure",
                    "About 600, with a warning",
                ),
                2,
            ),
        ),
        Step(
            "blurred",
            "best",
            "Out of focus, every cell covers more pixels than those the network was trained on, "
            "and it counts too many.",
        ),
    ),
    headline=Headline(
        metric="mae",
        label="MAE in cells",
        low=0,
        high=34,
        digits=2,
    ),
)
