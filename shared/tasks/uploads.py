"""Pictures that callers upload: they wait under `incoming/` until a task takes them up.

Nothing has to clear them away: the bucket forgets what is there after a day (infra/constructs/
bucket.py), so an upload that no task ever names, or a call that died half-way, leaves nothing.
"""

from shared.aws.storage import UploadForm
from shared.core import ids
from shared.core.text import Text
from shared.media.formats import HEAD_BYTES
from shared.media.plain import LEAST_SIDE, MOST_PIXELS, UnusablePicture, check_head
from shared.tasks.settings import files

LARGEST_PICTURE = 10 * 1024 * 1024
_INCOMING = "incoming/"
_MEGABYTES = LARGEST_PICTURE // (1024 * 1024)
REFUSALS = {
    "not_a_picture": Text("应为 JPEG、PNG 或 WebP 图片", "must be a JPEG, PNG or WebP picture"),
    "not_public": Text("应为公网 https 地址", "must be an https address of the public internet"),
    "not_uploaded": Text("图片未上传或已过期", "has not been uploaded, or is gone"),
    "too_large": Text(f"不能超过 {_MEGABYTES} MB", f"is over {_MEGABYTES} MB"),
    "too_many_pixels": Text(
        f"不能超过 {MOST_PIXELS // 10_000} 万像素", f"has more than {MOST_PIXELS:,} pixels"
    ),
    "too_small": Text(
        f"边长不能小于 {LEAST_SIDE} 像素", f"has a side of less than {LEAST_SIDE} pixels"
    ),
}
"""Why a picture is of no use, by the reason of an `UnusablePicture`."""


def is_upload(source: str) -> bool:
    """Whether the text names an upload and not a link."""
    return ids.is_id("img", source)


def store_upload(owner_id: str, upload_id: str, content: bytes) -> None:
    """Keep a picture that came within a request. Raises UnusablePicture."""
    check_head(content)
    files().put(_key(owner_id, upload_id), content)


def prepare_upload(owner_id: str, upload_id: str, content_type: str, size: int) -> UploadForm:
    """The form S3 takes that picture with, of that type and up to that size (bytes)."""
    return files().upload_form(_key(owner_id, upload_id), content_type, size)


def check_upload(owner_id: str, upload_id: str) -> None:
    """Refuse an upload that is not there, or is no usable picture, by its head.

    Raises:
        UnusablePicture: with the reason.
    """
    key = _key(owner_id, upload_id)
    size = files().size(key)
    if size is None:
        raise UnusablePicture("not_uploaded")
    if size > LARGEST_PICTURE:
        raise UnusablePicture("too_large")
    check_head(files().get_range(key, 0, min(size, HEAD_BYTES)) if size else b"")


def read_upload(owner_id: str, upload_id: str) -> bytes:
    """The picture. Raises ObjectMissing."""
    return files().get(_key(owner_id, upload_id))


def delete_uploads_of(owner_id: str) -> None:
    """Remove all uploads of an owner; it can be repeated."""
    files().delete(list(files().keys(f"{_INCOMING}{owner_id}/")))


def _key(owner_id: str, upload_id: str) -> str:
    return f"{_INCOMING}{owner_id}/{upload_id}"
