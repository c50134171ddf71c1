"""From a decoded picture to one of twice its size: bicubic interpolation, one forward pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from safetensors.torch import load

from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.core.images import Picture
from demos.super_resolution import ENLARGE, HALVE, QUARTER
from demos.super_resolution.familiar import known_of
from demos.super_resolution.model import SCALE, Enlarger, build
from demos.super_resolution.result import Enlarged
from demos.super_resolution.scale import cut, doubled, halved, projected

FILE = "model.safetensors"
FACTORS = {ENLARGE: 2, HALVE: 2, QUARTER: 4}
MOST = 1_000_000  # pixels of a small picture that is answered on the page
WHOLE = 160_000  # pixels that go through the network in one piece
TILE, HALO = 256, 24  # the halo is wider than any network sees


class Predictor:
    """One variant, ready to enlarge."""

    def __init__(self, checkpoint: Checkpoint):
        card = checkpoint.card
        self.parameters = card.architecture.parameters
        self.known = known_of(checkpoint)
        net = build(card.architecture.name, card.architecture.arguments)
        net.load_state_dict(load(checkpoint.read(FILE)))
        self.net = Enlarger(net).eval().to(memory_format=torch.channels_last)

    def predict(self, picture: Picture, task: str = ENLARGE, steps: float = 0) -> Enlarged:
        """Enlarge one picture, or halve or quarter it first and enlarge that.

        task: one of the demo's choices. steps: of back-projection, which pulls the result towards
        the small picture. Raises UserError above a size, and for what is too small to be halved.
        """
        small, true, notes = prepared(picture, task)
        factor = FACTORS[task]
        bicubic = doubled(small, factor)
        rgb = enlarged(self.net, small, bicubic if factor == SCALE else None)
        if factor > SCALE:
            rgb = enlarged(self.net, rgb)
        if steps:
            rgb = projected(rgb, small, round(steps))
        return Enlarged(rgb, small, bicubic, true, notes, self.known)

    def outputs(self, asked: Sequence[tuple[Picture, str, float]]) -> list[dict[str, np.ndarray]]:
        """`values` (3, rows, columns) of each picture at twice its size in 0-255, before it is
        rounded, projected or enlarged once more."""
        found = []
        for picture, task, _ in asked:
            small, _, _ = prepared(picture, task)
            with torch.inference_mode():
                values = self.net.values(_tensor(small), _tensor(doubled(small)))
            found.append({"values": values[0].numpy()})
        return found

    def fill(self, small: np.ndarray, out: np.ndarray) -> Iterator[tuple[int, int]]:
        """Write the enlargement of a picture (rows, columns, 3) uint8 of any size into `out`, of
        twice its rows and columns: tile by tile, so that the memory beside it depends on the tile
        alone. Yields after each how many are done, and of how many."""
        return tiled(self.net, small, out)


def prepared(picture: Picture, task: str) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """The small picture, the full-size one where it was given, and what was done."""
    rgb, true, notes = picture.rgb, None, picture.notes
    factor = FACTORS[task]
    if task != ENLARGE:
        if min(rgb.shape[:2]) < 2 * factor:
            how = "halved" if task == HALVE else "quartered"
            raise UserError(f"This picture is too small to be {how}: choose “enlarge” instead.")
        true = cut(rgb, factor)
        if true.shape != rgb.shape:
            why = f"they must be divisible by {factor}"
            notes = (*notes, f"sides cut off by up to {factor - 1} pixels: {why}")
        rgb = halved(true, factor)
    rows, columns = (n * factor // SCALE for n in rgb.shape[:2])  # at the last time
    if rows * columns > MOST:
        raise UserError(
            f"{columns} × {rows} pixels would have to be enlarged; at most {MOST / 1e6:g} "
            "megapixel is answered here. “Enlarge mine”, further down, takes larger pictures."
        )
    return rgb, true, notes


def enlarged(
    net: Enlarger, small: np.ndarray, bicubic: np.ndarray | None = None, whole: int = WHOLE
) -> np.ndarray:
    """A picture (rows, columns, 3) uint8 at twice its size, in one piece up to `whole` pixels."""
    rows, columns = small.shape[:2]
    if rows * columns <= whole:
        return _piece(net, small, doubled(small) if bicubic is None else bicubic)
    out = np.empty((rows * SCALE, columns * SCALE, 3), np.uint8)
    for _ in tiled(net, small, out):
        pass
    return out


def tiled(net: Enlarger, small: np.ndarray, out: np.ndarray) -> Iterator[tuple[int, int]]:
    """As `Predictor.fill`. Each tile is shown to the net with a halo of its surroundings, so that
    no seam is left."""
    rows, columns = small.shape[:2]
    tiles = [(y, x) for y in range(0, rows, TILE) for x in range(0, columns, TILE)]
    for done, (top, left) in enumerate(tiles, 1):
        above, before = max(0, top - HALO), max(0, left - HALO)
        part = small[above : top + TILE + HALO, before : left + TILE + HALO]
        found = _piece(net, part, doubled(part))
        place = out[SCALE * top : SCALE * (top + TILE), SCALE * left : SCALE * (left + TILE)]
        y, x = SCALE * (top - above), SCALE * (left - before)
        place[:] = found[y : y + place.shape[0], x : x + place.shape[1]]
        yield done, len(tiles)


@torch.inference_mode()
def _piece(net: Enlarger, small: np.ndarray, bicubic: np.ndarray) -> np.ndarray:
    return net(_tensor(small), _tensor(bicubic))[0].permute(1, 2, 0).contiguous().numpy()


def _tensor(rgb: np.ndarray) -> torch.Tensor:
    """(rows, columns, 3) uint8 to (1, 3, rows, columns) float32."""
    return torch.from_numpy(np.array(rgb)).permute(2, 0, 1)[None].float()
