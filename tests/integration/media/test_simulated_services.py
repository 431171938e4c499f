"""The real clients against the simulators: pictures, videos, faults, and how many jobs."""

import asyncio
import io

import httpx
import pytest
from PIL import Image

from shared.ai.errors import (
    AIServiceError,
    InvalidProviderAnswer,
    KeyExhausted,
    ModelNotAvailable,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimitExceeded,
)
from shared.ai.registry import Registry
from shared.media.formats import Format, read_format
from shared.media.port import ImageJob, JobState, VideoJob
from shared.media.registry import DEFAULT_IMAGE_MODEL, image_provider, video_provider
from tests.integration.media.conftest import ended, put_keys
from tests.support.pictures import picture
from tests.support.simulators import Simulator

PICTURES = [DEFAULT_IMAGE_MODEL, "doubao-seedream-4.0", "jimeng-t2i-3.0"]
VIDEOS = ["doubao-seedance-1.0-pro", "jimeng-i2v-3.0"]
CAT = ImageJob("一只戴草帽的橘猫", 1024, 1024, seed=11)
CLIP = VideoJob("https://pictures.example/a.png", "海浪", 5, "16:9", seed=11)
JIMENG = "jimeng-t2i-3.0"


async def fetched(url: str) -> Image.Image:
    async with httpx.AsyncClient() as client:
        answer = (await client.get(url)).raise_for_status()
    return Image.open(io.BytesIO(answer.content))


@pytest.mark.parametrize("model", PICTURES)
async def test_pictures_are_made_of_the_size_and_number_asked_for(models: Registry, model: str):
    provider = image_provider(model, models)

    state = await ended(provider, await provider.submit(ImageJob("猫", 1280, 960, n=2, seed=1)))

    assert (state.status, state.error_code, len(state.urls)) == ("done", "", 2)
    first, second = [await fetched(url) for url in state.urls]
    assert first.size == second.size == (1280, 960)
    assert first.tobytes() != second.tobytes()


async def test_the_same_seed_draws_the_same_picture_and_the_prompt_is_seen(models: Registry):
    provider = image_provider(JIMENG, models)

    drawn = []
    for prompt in ("一只猫", "一只猫", "一只狗"):
        job = await provider.submit(ImageJob(prompt, 512, 512, seed=1))
        drawn.append((await fetched((await ended(provider, job)).urls[0])).tobytes())

    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("model", VIDEOS)
async def test_a_video_moves(models: Registry, model: str):
    provider = video_provider(model, models)

    state = await ended(provider, await provider.submit(CLIP))

    async with httpx.AsyncClient(timeout=60) as client:  # dozens of pictures are drawn
        answer = await client.get(state.urls[0])
    assert answer.headers["content-type"] == "video/mp4"
    assert read_format(answer.content) == Format("mp4", "video/mp4")


@pytest.mark.parametrize("model", ["jimeng-i2i-3.0", "doubao-seedream-4.0"])
async def test_a_photo_starts_from_a_picture(models: Registry, model: str):
    provider = image_provider(model, models)

    drawn = []
    for given in (picture(500, 400), picture(400, 500)):
        job = await provider.submit(ImageJob("水彩", 960, 960, seed=1, images=(given,)))
        drawn.append((await fetched((await ended(provider, job)).urls[0])).tobytes())

    assert drawn[0] != drawn[1]


@pytest.mark.parametrize("model", ["jimeng-i2i-3.0", "doubao-seedream-4.0"])
async def test_what_is_no_picture_is_refused(models: Registry, model: str):
    with pytest.raises(ProviderRejected):
        await image_provider(model, models).submit(ImageJob("水彩", images=(b"\xff\xd8\xff",)))


@pytest.mark.parametrize(
    ("model", "job", "reason"),
    [
        ("jimeng-i2i-3.0", CAT, "image_required"),
        ("jimeng-t2i-3.0", ImageJob("x", images=("https://h/a",)), "too_many_images"),
    ],
)
async def test_what_a_model_cannot_make_is_refused_unasked(
    models: Registry, volcengine: Simulator, model: str, job: ImageJob, reason: str
):
    with pytest.raises(ProviderRejected) as refused:
        await image_provider(model, models).submit(job)

    assert refused.value.reason == reason
    assert await volcengine.count("submit") == 0


@pytest.mark.parametrize("mode", ["429", "500", "503", "reset", "malformed"])
@pytest.mark.parametrize("model", [DEFAULT_IMAGE_MODEL, JIMENG])
async def test_one_fault_is_mended_and_makes_no_second_job(
    models: Registry, ark: Simulator, volcengine: Simulator, model: str, mode: str
):
    simulator = volcengine if model == JIMENG else ark
    provider = image_provider(model, models)
    await simulator.told(mode=mode, times=1, on="submit")

    state = await ended(provider, await provider.submit(CAT))

    assert state.status == "done"
    assert await simulator.count("jobs") == 1
    assert await simulator.count("submit") == 2


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("429", RateLimitExceeded),
        ("500", ProviderUnavailable),
        ("503", ProviderUnavailable),
        ("401", KeyExhausted),
        ("reset", ProviderUnavailable),
        ("malformed", InvalidProviderAnswer),
        ("slow", ProviderTimeout),
    ],
)
@pytest.mark.parametrize("model", VIDEOS)
async def test_a_lasting_fault_has_its_name(
    models: Registry,
    ark: Simulator,
    volcengine: Simulator,
    model: str,
    mode: str,
    kind: type[AIServiceError],
):
    provider = video_provider(model, models)
    job = await provider.submit(CLIP)
    simulator = volcengine if model.startswith("jimeng") else ark
    await simulator.told(mode=mode, on="poll")

    with pytest.raises(kind):
        await provider.poll(job)

    await simulator.told(mode="ok")
    assert (await ended(provider, job)).status == "done"
    assert await simulator.count("jobs") == 1


async def test_a_connection_torn_after_the_work_leaves_a_job_nobody_knows(
    models: Registry, volcengine: Simulator
):
    """The one way to two jobs: a torn connection is retried (docs/decisions/0110)."""
    await volcengine.told(mode="lost-answer", times=1)

    await image_provider(JIMENG, models).submit(CAT)

    assert await volcengine.count("jobs") == 2


async def test_a_submit_that_is_answered_too_late_is_one_job_all_the_same(
    models: Registry, volcengine: Simulator
):
    await volcengine.told(mode="slow", seconds=2.3, times=1, on="submit")

    with pytest.raises(ProviderTimeout):
        await image_provider(JIMENG, models).submit(CAT)

    async with asyncio.timeout(30):
        while await volcengine.count("jobs") == 0:
            await asyncio.sleep(0.05)
    assert (await volcengine.count("submit"), await volcengine.count("jobs")) == (1, 1)


@pytest.mark.parametrize(
    ("model", "mode"), [(VIDEOS[0], "failed"), (VIDEOS[0], "filtered"), (VIDEOS[1], "failed"),
                        (JIMENG, "failed")]
)  # fmt: skip
async def test_a_job_that_was_accepted_can_fail(
    models: Registry, ark: Simulator, volcengine: Simulator, model: str, mode: str
):
    simulator = ark if model.startswith("doubao") else volcengine
    provider = image_provider(model, models) if model == JIMENG else video_provider(model, models)
    await simulator.told(mode=mode, times=1)

    state = await ended(provider, await provider.submit(CAT if model == JIMENG else CLIP))

    assert state.status == "failed"
    assert state.error_code in ("content_filtered", "unavailable")


@pytest.mark.parametrize("model", [DEFAULT_IMAGE_MODEL, JIMENG])
async def test_a_prompt_that_is_refused_says_so(
    models: Registry, ark: Simulator, volcengine: Simulator, model: str
):
    await (volcengine if model == JIMENG else ark).told(mode="filtered")

    with pytest.raises(ProviderRejected, match="content_filtered"):
        await image_provider(model, models).submit(CAT)


async def test_a_job_can_run_for_ever(models: Registry, volcengine: Simulator):
    await volcengine.told(mode="never")
    provider = image_provider(JIMENG, models)
    job = await provider.submit(CAT)

    assert [await provider.poll(job) for _ in range(3)] == [JobState("running")] * 3


@pytest.mark.parametrize("model", [DEFAULT_IMAGE_MODEL, JIMENG])
async def test_a_link_can_be_dead_at_once(
    models: Registry, ark: Simulator, volcengine: Simulator, model: str
):
    await (volcengine if model == JIMENG else ark).told(mode="expired-link")
    provider = image_provider(model, models)

    state = await ended(provider, await provider.submit(CAT))

    async with httpx.AsyncClient() as client:
        assert (await client.get(state.urls[0])).status_code == 403


async def test_some_pictures_of_a_job_may_fail(models: Registry, ark: Simulator):
    await ark.told(mode="partial", times=1)
    provider = image_provider(DEFAULT_IMAGE_MODEL, models)

    state = await ended(provider, await provider.submit(ImageJob("猫", n=3)))

    assert (state.status, len(state.urls)) == ("done", 2)
    assert state.error_code == "content_filtered"


async def test_jobs_wait_their_turn_and_then_work(models: Registry, volcengine: Simulator):
    await volcengine.told(scale=0.02)
    provider = image_provider(JIMENG, models)

    job = await provider.submit(CAT)

    assert (await provider.poll(job)).status == "running"
    assert (await ended(provider, job)).status == "done"


@pytest.mark.parametrize("key", ["AKLTSimulator0001:wrong", "unknown:secret"])
async def test_a_wrong_signature_is_a_refused_key(
    models: Registry, volcengine: Simulator, key: str
):
    put_keys("ark-sim-key", key)

    with pytest.raises(KeyExhausted):
        await image_provider(JIMENG, models).submit(CAT)

    assert await volcengine.count("jobs") == 0


async def test_another_key_is_taken_at_once(models: Registry, ark: Simulator):
    put_keys("bad-key,ark-sim-key", "")
    provider = image_provider(DEFAULT_IMAGE_MODEL, models)

    for _ in range(2):  # keys take turns
        await provider.submit(CAT)

    assert await ark.count("jobs") == 2


async def test_a_model_makes_only_what_it_is_for(models: Registry):
    with pytest.raises(ModelNotAvailable):
        image_provider("doubao-seedance-1.0-pro", models)
    with pytest.raises(ModelNotAvailable):
        video_provider(DEFAULT_IMAGE_MODEL, models)
    with pytest.raises(ModelNotAvailable):
        image_provider("builtin", models)
    with pytest.raises(ModelNotAvailable):
        models.chat(DEFAULT_IMAGE_MODEL)


async def test_media_models_are_listed_with_a_price_and_with_a_key_only(models: Registry):
    listed = {model.id: model for model in await models.usable_models()}
    priced = listed[DEFAULT_IMAGE_MODEL].prices
    assert priced is not None
    assert (listed[JIMENG].kind, priced["unit"], priced["each"]) == ("image", "image", "0.259")

    put_keys("", "")
    assert [model.id for model in await models.usable_models()] == ["builtin"]


@pytest.mark.parametrize("order", [{"mode": "dance"}, {"mode": "ok", "on": "later"}, {"scale": []}])
async def test_an_order_that_cannot_be_followed_is_refused(ark: Simulator, order: dict[str, str]):
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        await ark.told(**order)
