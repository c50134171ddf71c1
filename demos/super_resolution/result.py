"""What an enlargement is."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from pydantic import Field

from demos.core import images
from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity
from demos.super_resolution import scale
from demos.super_resolution.familiar import Known


@dataclass(frozen=True, eq=False)
class Enlarged:
    """One picture at two or four times its size. All pictures are (rows, columns, 3) uint8.

    rgb: the enlargement of `small`; bicubic: the one without a network. true: the full-size picture
    where it is known, of the enlargement's size. notes: what was done to the picture, in words.
    known: what halved photos are like, if the variant can say.
    """

    rgb: np.ndarray
    small: np.ndarray
    bicubic: np.ndarray
    true: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    known: Known | None = None

    @property
    def factor(self) -> int:
        """How many times larger the enlargement is: 2 or 4."""
        return self.rgb.shape[0] // self.small.shape[0]

    @property
    def familiarity(self) -> Familiarity | None:
        """How like a halved photo the small picture is; None where that cannot be said."""
        return self._judged[0]

    @property
    def unlike(self) -> str | None:
        """The trait that sets an unfamiliar picture apart (see `familiar.TRAITS`)."""
        return self._judged[1]

    @cached_property
    def _judged(self) -> tuple[Familiarity | None, str | None]:
        return self.known(self.small) if self.known else (None, None)

    @cached_property
    def consistency(self) -> float:
        """The enlargement shrunk again: its mean distance to the small picture in grey levels."""
        return scale.consistency(self.rgb, self.small)

    @cached_property
    def psnr(self) -> float | None:
        """Against the full-size picture, in dB; None where that is unknown."""
        return None if self.true is None else scale.psnr(self.rgb, self.true)

    @cached_property
    def ssim(self) -> float | None:
        """As `psnr`, 0-1."""
        return None if self.true is None else scale.ssim(self.rgb, self.true)

    @cached_property
    def psnr_bicubic(self) -> float | None:
        """The PSNR of the enlargement without a network."""
        return None if self.true is None else scale.psnr(self.bicubic, self.true)

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API; the picture is a `data:` address."""
        picture = base64.b64encode(images.encode(self.rgb, compress_level=1)).decode()
        rows, columns = self.rgb.shape[:2]
        return {
            "picture": f"data:image/png;base64,{picture}",
            "width": columns,
            "height": rows,
            "consistency": round(self.consistency, 3),
            "psnr": _rounded(self.psnr, 2),
            "ssim": _rounded(self.ssim, 4),
            "psnr_bicubic": _rounded(self.psnr_bicubic, 2),
            "unlike": self.unlike,
            "notes": list(self.notes),
        }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


class EnlargedAnswer(ApiAnswer):
    """What the endpoint answers."""

    picture: str = Field(description="the enlargement, a data: address of a PNG")
    width: int = Field(description="of the enlargement in pixels")
    height: int = Field(description="of the enlargement in pixels")
    consistency: float = Field(
        description="the enlargement shrunk again: its mean distance to the small picture in grey "
        "levels"
    )
    psnr: float | None = Field(
        description="against the full-size picture in dB; null unless that was given"
    )
    ssim: float | None = Field(
        description="structural similarity to the full-size picture, 0-1; null unless it was given"
    )
    psnr_bicubic: float | None = Field(
        description="the PSNR of bicubic interpolation; null unless the full-size picture was given"
    )
    unlike: str | None = Field(
        description="why a picture is unfamiliar: compressed, noisy, blurred or drawn; null if it "
        "is familiar"
    )
    notes: list[str] = Field(description="what was done to the picture, in words")
