"""CIFAR-10: a picture as a list of numbers, and as a picture."""

from demos.core.demo import ASSETS, Demo, Example, Guess, Headline, Input, Step, Variant

_PICTURES = ASSETS / "examples" / "cifar10"


MIDDLE, NONE, ALL = 0.5, 0, 100  # of the crop; of the pixels shuffled, in per cent


def _example(
    name: str, title: str, truth: str | None, *, of: str = "", shuffle: int = NONE, shift: int = 0
) -> Example:
    picture = _PICTURES / f"{of or name}.png"
    return Example(name, title, (str(picture), MIDDLE, shuffle, shift), truth, picture=picture)


DEMO = Demo(
    name="cifar10",
    slug="cifar10",
    title="CIFAR-10",
    tab="CIFAR-10",
    task="Is a picture a list of numbers? Shuffle its pixels, and see which networks mind.",
    does="Say which of ten things is on a picture: an animal or a vehicle.",
    endpoint="classify_photo",
    inputs=(
        Input(
            "picture",
            "picture",
            label="Picture of one animal or vehicle",
            about="A picture of one animal or vehicle as a file or an address",
            limit=24,
            webcam=True,
        ),
        Input(
            "crop",
            "number",
            label="Crop (0: left or top, 1: right or bottom)",
            about="Where the square lies along the picture's longer side, 0 being left or top",
            low=0,
            high=1,
            step=0.05,
            default=MIDDLE,
        ),
        Input(
            "shuffled",
            "number",
            label="Pixels shuffled, in per cent",
            about="How many of the 32 × 32 pixels are shuffled, in per cent, always alike",
            low=NONE,
            high=ALL,
            step=10,
            default=NONE,
        ),
        Input(
            "shift",
            "number",
            label="Shift to the right, in pixels",
            about="By how many of the 32 pixels the picture is shifted to the right",
            low=0,
            high=8,
            step=1,
            default=0,
        ),
    ),
    variants=(
        Variant(
            "cnn_best",
            "Best, convolutional",
            "A small convolutional network as airbench has it: it slides the same filters over "
            "the whole picture.",
        ),
        Variant(
            "fcn_best",
            "Best, fully connected",
            "A residual network that takes 3,072 numbers and knows nothing of neighbours; it "
            "learned from the convolutional one.",
        ),
        Variant(
            "cnn_seed",
            "Original, convolutional",
            "The original's three blocks of convolution, batch norm and pooling.",
        ),
        Variant(
            "fcn_seed_best",
            "Original, fully connected",
            "The original's best fully connected network: 3072-512-256-10 with dropout.",
        ),
        Variant(
            "fcn_seed",
            "Original, first",
            "The original's first network: 3072-100-20-10.",
        ),
    ),
    examples=(
        _example("ship", "Ship", "ship"),
        _example("airplane", "Airplane", "airplane"),
        _example("automobile", "Automobile", "automobile"),
        _example("truck", "Truck", "truck"),
        _example("bird", "Bird", "bird"),
        _example("cat", "Cat", "cat"),
        _example("deer", "Deer", "deer"),
        _example("dog", "Dog", "dog"),
        _example("frog", "Frog", "frog"),
        _example("horse", "Horse", "horse"),
        _example("odd_frog", "A blue frog", "frog"),
        _example("shuffled_ship", "Ship, all pixels shuffled", "ship", of="ship", shuffle=ALL),
        _example(
            "shifted_car", "Automobile, shifted by four", "automobile", of="automobile", shift=4
        ),
        _example("apple", "An apple", None),
        _example("mug", "A mug", None),
    ),
    tour=(
        Step(
            "ship",
            "cnn_best",
            "A ship on water: an easy one. Beside it is all that the networks see of it, 32 × 32 "
            "pixels, and what the other four say.",
        ),
        Step(
            "odd_frog",
            "cnn_best",
            "Blue on white is no frog to any of the five: in the training pictures frogs are green "
            "or brown, on leaves and earth.",
            guess=Guess(
                "A frog, but blue and on white. What will the best network say?",
                ("“Frog”", "That it is unlike its training pictures", "“Cat”, and it is sure"),
                1,
            ),
        ),
        Step(
            "shuffled_ship",
            "cnn_best",
            "All pixels shuffled. None of the networks was trained on this; below are two that "
            "were: the fully connected one does not care, the convolutional one loses its point.",
            guess=Guess(
                "All pixels have changed places. Which network can still learn such pictures?",
                ("The fully connected one", "The convolutional one", "Neither of them"),
                0,
            ),
        ),
        Step(
            "shifted_car",
            "fcn_seed_best",
            "Four pixels to the right. A fully connected network meets each pixel with weights of "
            "its own, and the curve falls; a convolution slides along.",
            guess=Guess(
                "A car, moved by four pixels. What will a fully connected network call it?",
                ("An automobile, as before", "A ship", "A truck"),
                2,
            ),
        ),
        Step(
            "dog",
            "cnn_best",
            "Switch one filter off at the bottom: the deeper the block, the more a single filter "
            "can stand for, and yet the answer seldom hangs on one.",
        ),
        Step(
            "apple",
            "cnn_best",
            "None of the ten. The softmax shares 100 per cent among ten names all the same; how "
            "high the logits lie tells that this is something else. The mug beside it gets "
            "through, as a truck.",
        ),
    ),
    headline=Headline(
        metric="accuracy", label="accuracy", low=0.5, high=1.0, percent=True, digits=1
    ),
)
