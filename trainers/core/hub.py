"""A checkpoint on the Hugging Face Hub: its files, those that it uses, and a model card."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from demos.core.checkpoint import Card, Checkpoint, Metric
from demos.core.demo import Demo
from demos.core.errors import UserError

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

SHOWN = ("test", "validation")  # splits whose figures the Hub lists
TEXT = """
# {card.title}: {demo.title}

{card.summary}

{demo.task}

## Use it

The files lie in `{card.demo}/{card.variant}`, as the gallery reads them. To serve it with them:

    GALLERY_CHECKPOINTS=hf://{repo} python app.py

## Figures

{figures}

{chosen}

## Training

`{card.training.command}`, {seconds} {card.training.where}, random seed {card.training.seed}, \
{card.training.date}. {card.training.notes}

Data: {card.data.name} ({card.data.origin}). Licence of the data: {card.data.licence}.
{card.data.protocol}

## Limits

{card.limits}

## Licence of the weights

{card.licence}
"""


def push(demo: Demo, checkpoint: Checkpoint, repo: str, task: str, private: bool) -> str:
    """Upload a checkpoint and those that it uses to `repo`, "owner/name"; returns its address.

    The token is the one that huggingface_hub finds (`HF_TOKEN`, or a login). Raises UserError.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError

    checkpoint.verify()
    api = HfApi()
    try:
        with tempfile.TemporaryDirectory() as work:
            staged(Path(work), demo, checkpoint, repo, task)
            made = api.create_repo(repo, private=private, exist_ok=True)
            api.upload_folder(
                repo_id=made.repo_id, folder_path=work,
                commit_message=f"{checkpoint.name}, trained {checkpoint.card.training.date}",
            )  # fmt: skip
    except HFValidationError as error:
        raise UserError(f"--repo {repo} is no name of a repository: give OWNER/NAME.") from error
    except LocalTokenNotFoundError as error:
        raise UserError("There is no token for the Hub: set HF_TOKEN, or log in.") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        why = {401: "the token is missing or wrong", 403: "the token may not write there",
               404: "there is no such place"}.get(status, "it may be busy: try again")  # fmt: skip
        raise UserError(f"The Hub refused {repo} (status {status}): {why}.") from error
    except OSError as error:  # no network, among others
        raise UserError(f"The Hub could not be reached ({type(error).__name__}).") from error
    return str(made)


def staged(folder: Path, demo: Demo, checkpoint: Checkpoint, repo: str, task: str) -> None:
    """Write what is uploaded: the checkpoint and those that it uses, and README.md."""
    for one in with_used(checkpoint):
        shutil.copytree(one.folder, folder / one.card.demo / one.card.variant)
    card = model_card(demo, checkpoint, repo, task)
    (folder / "README.md").write_text(card, encoding="utf-8")


def with_used(checkpoint: Checkpoint) -> list[Checkpoint]:
    """A checkpoint, and what it and those that it uses stand on, each once."""
    found = {checkpoint.name: checkpoint}
    waiting = [checkpoint]
    while waiting:
        one = waiting.pop()
        for role in one.card.uses:
            used = one.uses(role)
            if used.name not in found:
                used.verify()
                found[used.name] = used
                waiting.append(used)
    return [*found.values()]


def model_card(demo: Demo, checkpoint: Checkpoint, repo: str, task: str) -> str:
    """README.md with the metadata that the Hub reads, all of it from `card.json`."""
    from huggingface_hub import ModelCardData

    from demos.core.markup import duration

    card = checkpoint.card
    keras = any(name.endswith(".keras") for name in card.files)
    metadata = ModelCardData(
        model_name=f"{card.demo}/{card.variant}",
        license="other",
        license_name="follows-from-the-data",
        library_name="keras" if keras else "pytorch",
        pipeline_tag=task or None,
        tags=[card.demo.replace("_", "-")],
        eval_results=results(card, task) or None,
    )
    figures = "\n".join(figure(m) for m in card.metrics if m.split in SHOWN)
    text = TEXT.format(
        card=card, demo=demo, repo=repo, figures=figures or "None were recorded.",
        seconds=duration(card.training.seconds), chosen=f"Chosen on: {card.chosen_on}",
    )  # fmt: skip
    return f"---\n{metadata.to_yaml()}\n---\n{text}"


def figure(metric: Metric) -> str:
    """A line with one figure of the card."""
    said = f"{metric.name}, {metric.split}: {metric.value:.4g}{interval(metric)}"
    return f"- {said} (n = {metric.n:,}){': ' if metric.note else ''}{metric.note}"


def interval(metric: Metric) -> str:
    """The 95 % interval or the spread of a figure, in words."""
    if metric.interval:
        return f" (95 %: {metric.interval[0]:.4g} to {metric.interval[1]:.4g})"
    return f" ± {metric.sd:.4g} over {metric.runs} runs" if metric.sd is not None else ""


def results(card: Card, task: str) -> list[EvalResult]:
    """The card's figures as entries of the Hub's model-index."""
    from huggingface_hub import EvalResult

    return [
        EvalResult(
            task_type=task or "other", dataset_type=card.demo, dataset_name=card.data.name,
            dataset_split=m.split, metric_type=m.name, metric_value=m.value,
            metric_name=f"{m.name} ({m.note})" if m.note else m.name,
        )
        for m in card.metrics
        if m.split in SHOWN
    ]  # fmt: skip
