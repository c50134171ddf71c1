"""Transfer learning: nine classes from thirty photos each, and one that you teach yourself."""

import json

from demos.core.checkpoint import CARD, ROOT
from demos.core.demo import ASSETS, Demo, Example, Guess, Headline, Input, Step, Variant

_PICTURES = ASSETS / "examples" / "transfer_learning"
SHIPPED = (
    Variant(
        "best",
        "Best",
        "EfficientNet-Lite0 and Lite2 as ImageNet made them, their features side by side; only a "
        "linear head was learned, from 320 photos.",
    ),
    Variant(
        "linear_probe",
        "Linear probe",
        "EfficientNet-Lite0 as ImageNet made it, and logistic regression on its plain features.",
    ),
    Variant("lite2", "Lite2", "The larger EfficientNet-Lite2 alone, with a head as Best has it."),
    Variant(
        "from_scratch",
        "From scratch",
        "A small network that saw nothing but these 320 photos: no pretraining.",
    ),
)


def _example(name: str, title: str, truth: str | None) -> Example:
    picture = _PICTURES / f"{name}.png"
    return Example(name, title, (str(picture),), truth, picture=picture)


def _trained_here() -> tuple[Variant, ...]:
    """Checkpoints that somebody trained on photos of their own, beside the shipped ones."""
    known = {v.name for v in SHIPPED}
    found = []
    for path in sorted((ROOT / "transfer_learning").glob(f"*/{CARD}")):
        if path.parent.name in known or path.parent.name.startswith("."):
            continue
        try:
            name = str(json.loads(path.read_text(encoding="utf-8"))["data"]["name"])
        except (OSError, ValueError, KeyError, TypeError):
            name = path.parent.name  # the page says what is wrong with it
        summary = f"Trained on this machine, on {name}."
        found.append(Variant(path.parent.name, path.parent.name.replace("_", " "), summary))
    return tuple(found)


DEMO = Demo(
    name="transfer_learning",
    slug="transfer-learning",
    title="Transfer learning",
    tab="Transfer",
    task="Nine animals from thirty photos each, and a class that you teach it yourself.",
    does="Say which of nine animals is on a picture, or that it is none of these.",
    endpoint="name_animal",
    inputs=(
        Input(
            "picture",
            "picture",
            label="Picture of an animal",
            about="A picture of one animal as a file or an address",
            limit=24,
            webcam=True,
        ),
    ),
    variants=(*SHIPPED, *_trained_here()),
    examples=(
        _example("flamingo_photo", "A flamingo (photo)", "flamingo"),
        _example("llama_photo", "A llama (photo)", "llama"),
        _example("emu_photo", "An emu (photo)", "emu"),
        _example("crocodile_photo", "A crocodile (photo)", "crocodile"),
        _example("flamingo", "A flamingo, drawn", "flamingo"),
        _example("elephant", "An elephant, drawn", "elephant"),
        _example("teapot", "A teapot, drawn", None),
    ),
    tour=(
        Step(
            "flamingo_photo",
            "best",
            "Two networks that know ImageNet, and a linear head that saw 34 flamingos: it is sure, "
            "and Grad-CAM shows that it looks at the bird, not at the ground.",
        ),
        Step(
            "flamingo",
            "best",
            "A drawing of one. Some of the training pictures are drawings, and what ImageNet "
            "taught carries over.",
            guess=Guess(
                "It learned from photos and a few drawings. What will it call a drawing of a "
                "flamingo?",
                (
                    "A flamingo, and it is sure",
                    "A flamingo, with a question mark",
                    "None of the nine",
                ),
                1,
            ),
        ),
        Step(
            "llama_photo",
            "best",
            "A llama, and not an emu: choose “emu” below the bars, and see what counts towards "
            "it and what against it.",
        ),
        Step(
            "teapot",
            "best",
            "None of these. A softmax over nine names would have named one; the distance to all "
            "training photos says otherwise.",
            guess=Guess(
                "A teapot is none of its nine animals. What will it say?",
                ("The animal that is most like it", "“Teapot”", "“None of these”"),
                2,
            ),
        ),
        Step(
            "emu_photo",
            "linear_probe",
            "Five photos a class do almost as well as thirty: the curve under “Where it fails” "
            "says how many are needed.",
        ),
        Step(
            "flamingo_photo",
            "from_scratch",
            "The same 320 photos and no pretraining: it has learned colours more than animals, and "
            "is right less than half of the time.",
            guess=Guess(
                "The same photos, but no pretraining: how sure is it of the flamingo?",
                ("About a third", "About two thirds", "Over 99 %"),
                0,
            ),
        ),
    ),
    headline=Headline(
        metric="accuracy", label="accuracy", low=0.3, high=1.0, percent=True, digits=1
    ),
)
