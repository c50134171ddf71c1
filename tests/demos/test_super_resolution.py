"""Super-resolution: what must not change in a picture, the measures, seams, files of one's own."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from demos.core.errors import UserError
from demos.core.images import Picture, decode
from demos.super_resolution import DEMO, ENLARGE, HALVE, QUARTER, large, predict, scale
from demos.super_resolution.model import CONTINUED, SCALE, STILL
from demos.super_resolution.predict import HALO, enlarged, tiled
from trainers.super_resolution import data as photos

VARIANTS = [v.name for v in DEMO.variants]
of_every_variant = pytest.mark.parametrize("variant", VARIANTS)
COMPARED = [e for e in DEMO.examples if e.inputs[1] == HALVE]


def drawn(name: str) -> Picture:
    return decode(DEMO.example(name).inputs[0])


@of_every_variant
@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (10, 200, 90)])
def test_one_colour_stays_as_it_is(predictors, variant, colour):
    found = predictors[variant].predict(Picture(np.full((20, 31, 3), colour, np.uint8)))
    assert found.rgb.shape == (40, 62, 3) and (found.rgb == colour).all()


@of_every_variant
def test_grey_stays_grey(predictors, variant):
    grey = np.repeat(drawn("fur").rgb[100:180, 60:160, :1], 3, 2)
    found = predictors[variant].predict(Picture(grey)).rgb
    assert (found == found[..., :1]).all() and np.ptp(found) > 50


@of_every_variant
def test_no_seam_is_left_by_tiles(predictors, variant, monkeypatch):
    """Tile by tile is the same as whole, to a grey level (sums are taken in another order)."""
    monkeypatch.setattr(predict, "TILE", 40)
    net, small = predictors[variant].net, scale.halved(drawn("roof").rgb)[60:170, :130]
    whole = enlarged(net, small).astype(int)
    out = np.zeros((220, 260, 3), np.uint8)
    steps = list(tiled(net, small, out))
    assert steps[-1] == (12, 12)
    assert np.abs(whole - out).max() <= 1


@of_every_variant
def test_a_halo_is_wider_than_the_network_sees(predictors, variant):
    net = predictors[variant].net.net
    assert max(net.reach + CONTINUED, 2 + STILL) <= HALO
    # The reach is what it says: nothing beyond it moves the middle.
    torch.manual_seed(0)
    small = hasattr(net, "body")
    x = torch.rand((1, 1, 61, 61) if small else (1, 3, 61, 61), requires_grad=True)
    with torch.enable_grad():
        y = net(x)[..., 60:62, 60:62] if small else net(x)[..., 30, 30]
        (seen,) = torch.autograd.grad(y.sum(), x)
    wide = int((seen.abs().sum((0, 1)).nonzero() - 30).abs().max())
    assert wide <= (net.reach if small else SCALE * net.reach)


def test_the_outer_pixels_are_no_worse_than_bicubic(predictors):
    """The three at the border, over all drawings together: where a net of wire is too fine, the
    network is wrong at the border as it is inside."""
    errors = []
    for example in COMPARED:
        found = predictors[DEMO.default].predict(drawn(example.name), HALVE)
        ring = np.ones(found.rgb.shape[:2], bool)
        ring[3:-3, 3:-3] = False
        errors.append(
            [
                ((rgb[ring].astype(float) - found.true[ring]) ** 2).mean()
                for rgb in (found.rgb, found.bicubic)
            ]
        )
    ours, bicubic = np.mean(errors, axis=0)
    assert ours < bicubic


def test_bicubic_has_the_published_figures(data: Path):
    """33.6–33.8 dB on Set5, 30.2–30.4 on Set14 (whose `bridge` has one channel), 31.9–32.0 on
    pets: a difference of a tenth of a decibel in how pictures are made smaller would show."""
    bounds = {photos.SET5: (33.6, 33.8), photos.SET14: (30.2, 30.4), photos.PETS: (31.9, 32.0)}
    for source, (low, high) in bounds.items():
        found = [
            scale.psnr(scale.doubled(scale.halved(p.rgb)), p.rgb, p.single)
            for p in photos.read(source, "test")
        ]
        assert low < np.mean(found) < high, source.name


def test_measures_are_what_they_are_defined_to_be():
    true = np.full((30, 40, 3), 100, np.uint8)
    off = true + np.uint8(10)
    known = 20 * np.log10(255 / 10)
    assert scale.psnr(off, true, single=True) == pytest.approx(known, abs=1e-6)
    # Y of colours is narrower: 219 of 255 steps.
    assert scale.psnr(off, true) == pytest.approx(known - 20 * np.log10(219 / 255), abs=1e-4)
    edge = true.copy()
    edge[:2] = edge[-2:] = 0
    edge[:, :2] = edge[:, -2:] = 255
    assert scale.psnr(edge, true) == 100  # the border is not measured
    noise = np.random.default_rng(0).integers(0, 256, true.shape, dtype=np.uint8)
    assert scale.ssim(noise, noise) == pytest.approx(1)
    assert scale.ssim(255 - noise, noise) < 0 < scale.ssim(noise // 2 + 50, noise) < 1
    assert scale.brightness(np.array([[[255, 255, 255]]], np.uint8))[0, 0] == pytest.approx(255)


def test_networks_find_what_bicubic_does_not(predictors):
    """On drawings that nothing was trained on; the perceptual one gives some of it away again."""
    parts = [Picture(drawn(e.name).rgb[128:384, 128:384]) for e in COMPARED]
    won = {}
    for name in VARIANTS:
        found = [predictors[name].predict(part, HALVE) for part in parts]
        won[name] = np.mean([f.psnr - f.psnr_bicubic for f in found])
    assert won["best"] > won["srcnn_mse"] > 0.3
    assert won["best_perceptual"] < won["best"]


def test_back_projection_brings_the_result_nearer_to_the_small_picture(predictors):
    picture = Picture(scale.halved(drawn("fence").rgb))
    found = [predictors["srcnn_seed"].predict(picture, ENLARGE, n).consistency for n in (0, 1, 5)]
    assert found[0] > found[1] > found[2]


def test_what_cannot_be_answered_is_a_sentence(predictors):
    model = predictors[DEMO.default]
    with pytest.raises(UserError, match="too small to be halved"):
        model.predict(Picture(np.zeros((3, 9, 3), np.uint8)), HALVE)
    with pytest.raises(UserError, match="too small to be quartered"):
        model.predict(Picture(np.zeros((7, 9, 3), np.uint8)), QUARTER)
    with pytest.raises(UserError, match="at most 1 megapixel"):
        model.predict(Picture(np.zeros((2004, 2000, 3), np.uint8)), QUARTER)
    with pytest.raises(UserError, match=r"at most 1 megapixel.*Enlarge mine"):
        model.predict(Picture(np.zeros((1001, 1000, 3), np.uint8)))
    odd = model.predict(Picture(np.zeros((31, 45, 3), np.uint8)), HALVE)
    assert odd.rgb.shape == (30, 44, 3) and "cut off" in odd.notes[0]


# --- pictures of one's own -----------------------------------------------------------------------


def saved(path: Path, image: Image.Image, **options) -> Path:
    image.save(path, **options)
    return path


def done(predictors, path: Path, factor: int = 2) -> large.Original:
    """The picture in a file, enlarged by the default variant."""
    made: list[large.Original] = []
    shares = [*large.enlarge(predictors[DEMO.default], large.read(path), factor, made)]
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1)
    return made[0]


def disc(mode: str) -> Image.Image:
    """A white disc on nothing, whose hidden pixels are black."""
    y, x = np.mgrid[-32:32, -32:32]
    far = np.hypot(x, y)
    inside = far < 20
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[inside] = 255
    if mode == "soft":  # fades out over six pixels
        rgba[far < 23, :3] = 255
        rgba[..., 3] = np.clip((23 - far) / 6, 0, 1) * 255
    if mode == "1 bit":
        return Image.fromarray(inside)
    if mode == "palette":
        image = Image.frombytes("P", (64, 64), inside.astype(np.uint8).tobytes())
        image.putpalette([0, 0, 0, 255, 255, 255])
        return image
    return Image.fromarray(rgba).convert("LA" if mode == "grey" else "RGBA")


@pytest.mark.parametrize("mode", ["rgba", "soft", "1 bit", "palette", "grey"])
def test_transparency_is_kept_without_a_fringe(predictors, mode, tmp_path):
    options = {"transparency": 0} if mode in ("1 bit", "palette") else {}
    path = saved(tmp_path / "disc.png", disc(mode), **options)
    found = done(predictors, path)
    assert found.alpha.shape == (128, 128) and found.alpha[0, 0] == 0 and found.alpha[64, 64] == 255
    # Over any ground, white that fades is never darker than the ground or the white require.
    written = Image.open(io.BytesIO(large.encode(found, keep=False)))
    assert written.mode == ("LA" if mode in ("grey", "1 bit") else "RGBA")
    over = Image.alpha_composite(Image.new("RGBA", (128, 128), "white"), written.convert("RGBA"))
    assert np.asarray(over)[..., :3].min() >= 250
    over = Image.alpha_composite(Image.new("RGBA", (128, 128), "black"), written.convert("RGBA"))
    assert (np.asarray(over)[..., 0].astype(int) >= found.alpha.astype(int) - 5).all()


def test_orientation_profile_and_exif(predictors, tmp_path):
    image = Image.fromarray(scale.halved(drawn("face").rgb)[:40, :60])
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A maker"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"exif": exif, "icc_profile": profile, "quality": 95}
    path = saved(tmp_path / "Über Größe.jpg", image, **options)
    found = done(predictors, path)
    assert found.size == (80, 120)  # turned upright
    for keep in (True, False):
        written = Image.open(io.BytesIO(large.encode(found, keep)))
        assert written.info["icc_profile"] == profile
        assert written.getexif().get(0x010F) == ("A maker" if keep else None)
        assert written.getexif().get(0x0112, 1) == 1
    assert large.name(path, "best", 2) == "Über Größe-best-x2.png"
    assert large.name(tmp_path / "no ending", "best", 4) == "no ending-best-x4.png"


def wide_gamut() -> bytes:
    """A profile with the red of Adobe RGB, and for the rest that of sRGB."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entry = profile.index(b"rXYZ")
    (offset,) = struct.unpack_from(">I", profile, entry + 4)
    values = (round(v * 2**16) for v in (0.60974, 0.31111, 0.01947))
    struct.pack_into(">3i", profile, offset + 8, *values)
    return bytes(profile)


@pytest.mark.parametrize("ending", ["png", "jpg", "tiff", "webp"])
def test_a_wide_gamut_profile_is_carried_along(predictors, ending, tmp_path):
    """The numbers stay what they are, and so does what they mean."""
    image = Image.new("RGB", (24, 16), (250, 10, 20))
    options = (
        {"quality": 100} if ending == "jpg" else {"lossless": True} if ending == "webp" else {}
    )
    path = saved(tmp_path / f"red.{ending}", image, icc_profile=wide_gamut(), **options)
    written = Image.open(io.BytesIO(large.encode(done(predictors, path), keep=False)))
    assert written.info["icc_profile"] == wide_gamut()
    assert np.abs(np.asarray(written).astype(int) - (250, 10, 20)).max() <= 3


def test_a_grey_file_stays_one(predictors, tmp_path):
    path = saved(tmp_path / "grey.png", Image.fromarray(drawn("roof").rgb[:50, :70, 0]))
    written = Image.open(io.BytesIO(large.encode(done(predictors, path), keep=False)))
    assert written.mode == "L" and written.size == (140, 100)


def test_four_times_is_twice_in_a_row(predictors, tmp_path):
    small = drawn("text").rgb[20:60, 20:90]
    path = saved(tmp_path / "a.png", Image.fromarray(small))
    model = predictors[DEMO.default]
    twice = model.predict(Picture(model.predict(Picture(small)).rgb)).rgb
    assert np.abs(done(predictors, path, 4).rgb.astype(int) - twice).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (5000, 3)])
def test_odd_sizes_are_enlarged(predictors, size, tmp_path):
    found = done(predictors, saved(tmp_path / "a.png", Image.new("RGB", size, (9, 99, 9))))
    assert found.size == (2 * size[0], 2 * size[1]) and (found.rgb == (9, 99, 9)).all()


def test_no_more_than_a_tile_is_in_the_network_at_once(predictors, monkeypatch):
    monkeypatch.setattr(predict, "TILE", 32)
    model, seen = predictors[DEMO.default], []
    hook = model.net.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    try:
        out = np.empty((140, 400, 3), np.uint8)
        assert [*model.fill(np.zeros((70, 200, 3), np.uint8), out)][-1] == (21, 21)
    finally:
        hook.remove()
    assert len(seen) == 21 and max(max(shape[2:]) for shape in seen) == 32 + 2 * HALO


def test_the_smallest_and_the_longest_are_answered_on_the_page(predictors):
    for shape in ((1, 1, 3), (5000, 3, 3), (3, 5000, 3)):
        found = predictors[DEMO.default].predict(Picture(np.full(shape, 77, np.uint8)))
        assert found.rgb.shape == (2 * shape[0], 2 * shape[1], 3) and (found.rgb == 77).all()


def test_too_large_is_said_before_the_work(predictors):
    class Untouched:
        def fill(self, *_):
            raise AssertionError("the work began")

    for factor, size in ((2, (2001, 2000)), (4, (1501, 1000))):
        original = large.Original(np.zeros((size[1], size[0], 3), np.uint8))
        with pytest.raises(UserError, match="megapixels; at most"):
            next(large.enlarge(Untouched(), original, factor, []))
    assert SCALE == 2
