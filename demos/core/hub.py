"""Checkpoints from a repository of the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path

SCHEME = "hf://"


def fetched(address: str) -> Path:
    """The folder of a repository, hf://OWNER/NAME or hf://OWNER/NAME@REVISION: from the Hub, or as
    it was fetched before where the Hub cannot be reached. Ends with one sentence if neither is
    there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    name, _, revision = address.removeprefix(SCHEME).partition("@")
    try:
        return Path(snapshot_download(name, revision=revision or None))
    except HFValidationError:
        raise SystemExit(f"{address} is no repository: give hf://OWNER/NAME.") from None
    except Exception as error:
        try:
            return Path(snapshot_download(name, revision=revision or None, local_files_only=True))
        except Exception:
            why = type(error).__name__
            raise SystemExit(
                f"The checkpoints at {address} could not be fetched ({why}), and there is no copy "
                "of them here."
            ) from None
