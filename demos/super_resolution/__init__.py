"""Super-resolution: a picture at twice its size, and what a network can know of what is missing."""

from demos.core.demo import ASSETS, Demo, Example, Guess, Headline, Input, Step, Variant

_PICTURES = ASSETS / "examples" / "super_resolution"

TASKS = ENLARGE, HALVE, QUARTER = (
    "enlarge",
    "halve, then enlarge and compare",
    "quarter, then enlarge twice in a row and compare",
)


def _example(name: str, title: str, task: str = HALVE, file: str = "") -> Example:
    picture = _PICTURES / f"{file or name}.png"
    return Example(name, title, (str(picture), task, 0), picture=picture)


DEMO = Demo(
    name="super_resolution",
    slug="super-resolution",
    title="Super-resolution",
    tab="Sharper",
    task="A picture at twice its size: what a network can know about the detail that is missing.",
    does="Enlarge a picture to twice its size, or shrink it first and compare the result with it.",
    endpoint="enlarge",
    inputs=(
        Input(
            "picture",
            "picture",
            label="Picture",
            about="A picture as a file or an address, up to one megapixel, or four if it is shrunk "
            "first",
        ),
        Input(
            "task",
            "choice",
            label="What to do with it",
            about="What to do with the picture (shrinking it first shows how much comes back)",
            choices=TASKS,
            default=ENLARGE,
        ),
        Input(
            "steps",
            "number",
            label="Back-projection, steps",
            about="Steps of back-projection, which pull the result towards the small picture",
            default=0,
            low=0,
            high=10,
            step=1,
        ),
    ),
    variants=(
        Variant(
            "best",
            "Best",
            "Eleven small convolutions at the small size, trained for the smallest error.",
        ),
        Variant(
            "srcnn_seed",
            "The original's",
            "Three layers on the enlarged picture, trained on pets, with a loss on features.",
        ),
        Variant(
            "srcnn_mse",
            "Three layers",
            "The original's three layers, trained on all photos for the smallest error alone.",
        ),
        Variant(
            "best_perceptual",
            "Looks sharp",
            "Best, trained further to please a network for photographs: sharper, and less right.",
        ),
    ),
    examples=(
        _example("fur", "Fur"),
        _example("fence", "A net fence"),
        _example("text", "Small print"),
        _example("jpeg", "A JPEG", ENLARGE),
        _example("face", "A tiny face"),
        _example("roof", "Roof tiles"),
        _example("four", "Four times", QUARTER, "fur"),
    ),
    tour=(
        Step(
            "fur",
            "best",
            "This picture was halved and enlarged again. Left is bicubic interpolation, right is "
            "the network: hairs have edges again. Move the slider, and point at the fur.",
        ),
        Step(
            "fence",
            "best",
            "Near the first post the wires come back. Farther away they were finer than two "
            "pixels: what the network draws there, clean and wrong, is the pattern that halving "
            "made of them (aliasing).",
            guess=Guess(
                "The wires were finer than two pixels. What will the network draw?",
                ("The wires as they were", "A grey blur", "A clean pattern that is wrong"),
                2,
            ),
        ),
        Step(
            "text",
            "best",
            "The large lines come back sharp. In the smallest a letter is three pixels high: "
            "nothing says any more whether it was an a, an e or an o.",
            guess=Guess(
                "In the smallest line a letter is three pixels high. What comes back?",
                ("Something that may be any letter", "The right letters", "The capitals only"),
                0,
            ),
        ),
        Step(
            "jpeg",
            "best",
            "This small picture was saved as a JPEG. Its blocks, and the ripples around the mast, "
            "are detail like any other: they are enlarged and sharpened, too.",
            guess=Guess(
                "The small picture was saved as a JPEG. What happens to its blocks?",
                ("They disappear", "They are enlarged and sharpened", "They turn grey"),
                1,
            ),
        ),
        Step(
            "face",
            "best_perceptual",
            "Thirty pixels a face. Put the truth on the left: this network was trained to look "
            "sharp, and draws edges that nobody's face has. On this plain drawing they happen to "
            "fit; on fur and roof tiles it is farther from the truth than Best.",
        ),
        Step(
            "four",
            "best",
            "The fur again, at a quarter of its size, and enlarged twice in a row. The eye has its "
            "edge back. Of the hairs only stripes were left: the second pass sharpens what the "
            "first one guessed, and paints broad strokes where the truth has hairs.",
        ),
    ),
    headline=Headline(
        metric="psnr_y", label="PSNR on Set5 in dB", low=33, high=39, unit=" dB", digits=2
    ),
)
