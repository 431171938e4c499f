"""Model name → provider of pictures or videos, out of `PROVIDERS` (shared/ai/settings.py)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from shared.ai.catalog import Media, Model
from shared.ai.errors import ModelNotAvailable, ProviderRejected
from shared.ai.registry import Registry, registry
from shared.ai.settings import ProviderSettings
from shared.media.jobs import GuardedMedia, MediaAdapter, Plan
from shared.media.port import ImageJob, ImageProvider, VideoJob, VideoProvider
from shared.media.sizes import fit_size

DEFAULT_IMAGE_MODEL = "doubao-seedream-3.0-t2i"
DEFAULT_PHOTO_MODEL = "jimeng-t2i-4.0"
_MOST_SEED = 2_147_483_647
# Ark makes a picture within its call (10–60 s); the visual API lets small accounts run one or two
# jobs, which it takes at once.
_ARK_AT_ONCE = 4
_ARK_PICTURE_SECONDS = 80.0


def image_provider(model_id: str, models: Registry | None = None) -> ImageProvider:
    """The provider that makes pictures with a model, guarded.

    Raises:
        ModelNotAvailable: none is configured for it, or it makes no pictures.
    """
    models = models or registry()
    provider, model, media = _find(models, model_id, "image")
    split = partial(_pictures, provider.name, media)
    at_ark = provider.kind == "ark"
    plan = Plan(split, _ARK_AT_ONCE, _ARK_PICTURE_SECONDS) if at_ark else Plan(split)
    return GuardedMedia(model.id, _images(provider, media), models.guard(provider), plan)


def video_provider(model_id: str, models: Registry | None = None) -> VideoProvider:
    """The provider that makes videos with a model, guarded; raises as `image_provider`."""
    models = models or registry()
    provider, model, media = _find(models, model_id, "video")
    guard = models.guard(provider)
    return GuardedMedia(model.id, _videos(provider, media), guard, Plan(_one_video))


def _find(models: Registry, model_id: str, kind: str) -> tuple[ProviderSettings, Model, Media]:
    provider, model = models.find(model_id)
    if model.kind != kind or model.media is None or provider.kind not in ("ark", "volcengine"):
        raise ModelNotAvailable(provider.name, f"{model_id} makes no {kind}s")
    return provider, model, model.media


def _images(provider: ProviderSettings, media: Media) -> MediaAdapter[ImageJob]:
    if provider.kind == "ark":
        from shared.media.ark import ArkImages  # httpx: 90 ms of imports

        return ArkImages(provider.name, media.upstream, provider.base_url, _ARK_PICTURE_SECONDS)
    from shared.media.volcengine import VolcengineImages

    return VolcengineImages(provider.name, media.upstream, provider.base_url, provider.timeout_s)


def _videos(provider: ProviderSettings, media: Media) -> MediaAdapter[VideoJob]:
    if provider.kind == "ark":
        from shared.media.ark import ArkVideos

        return ArkVideos(provider.name, media.upstream, provider.base_url, provider.timeout_s)
    from shared.media.volcengine import VolcengineVideos

    return VolcengineVideos(provider.name, media.upstream, provider.base_url, provider.timeout_s)


def _one_video(job: VideoJob) -> Sequence[VideoJob]:
    return (job,)


def _pictures(provider: str, media: Media, job: ImageJob) -> Sequence[ImageJob]:
    """One job for each picture, seeds counted up, the size one that the model can make."""
    if len(job.images) > media.inputs:
        detail = f"{len(job.images)} pictures, at most {media.inputs}"
        raise ProviderRejected(provider, detail, reason="too_many_images")
    if media.needs_input and not job.images:
        raise ProviderRejected(provider, "nothing to start from", reason="image_required")
    width, height = fit_size(job.width, job.height, media)
    single = replace(job, n=1, width=width, height=height)
    if job.seed is None:
        return (single,) * job.n
    return tuple(
        replace(single, seed=(job.seed + number) % (_MOST_SEED + 1)) for number in range(job.n)
    )
