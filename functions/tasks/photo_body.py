"""The body of POST /api/v1/photos: JSON with links and ids of uploads, or a form with files too.

FastAPI knows one kind of body for a route, so this one is read here.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from functions.tasks.errors import PicturesTooLarge
from functions.tasks.schemas import NewPhoto
from shared.core import ids
from shared.core.errors import InvalidRequest, UnsupportedMediaType
from shared.core.text import Text
from shared.http.context_middleware import FORM_FILES_LIMIT_BYTES
from shared.http.route import is_json
from shared.http.validation import refusal

_FORM, _JSON = "multipart/form-data", "application/json"
_NUMBERS = ("n", "seed")
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PhotoBody:
    """What was asked for; `files` are its pictures by the ids that stand for them in `images`."""

    asked: NewPhoto
    files: dict[str, bytes] = field(default_factory=dict)


async def read_photo_body(request: Request) -> PhotoBody:
    """The body, of either kind; a form may mix files with links.

    Raises:
        InvalidRequest: a field is wrong.
        UnsupportedMediaType: it is of another kind.
        PicturesTooLarge: the files have more than 4.5 MB.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == _FORM:
        return await _read_form(request)
    content = await request.body()
    if not content:
        raise InvalidRequest.of_field("body", Text("不能为空", "is required"))
    if not is_json(media_type):
        expected = f"{_JSON}, {_FORM}"
        text = Text(f"请求内容类型应为 {expected}", f"The Content-Type must be {expected}")
        raise UnsupportedMediaType(text, details={"expected": expected})
    try:
        return PhotoBody(NewPhoto.model_validate_json(content))
    except ValidationError as error:
        raise refusal(error.errors()) from None


async def _read_form(request: Request) -> PhotoBody:
    async with request.form() as form:
        fields: dict[str, Any] = {
            name: _value(name, value) for name, value in form.multi_items() if value
        }
        given = [_named(value) for value in form.getlist("images") if value]
        try:
            asked = NewPhoto.model_validate({**fields, "images": [name for name, _ in given]})
        except ValidationError as error:
            raise refusal(error.errors()) from None
        uploads = {name: file for name, file in given if file is not None}
        if sum(file.size or 0 for file in uploads.values()) > FORM_FILES_LIMIT_BYTES:
            raise PicturesTooLarge(details={"limit_bytes": FORM_FILES_LIMIT_BYTES})
        return PhotoBody(asked, {name: await file.read() for name, file in uploads.items()})


def _value(name: str, value: UploadFile | str) -> UploadFile | str | int:
    """A form has texts only; the model wants numbers."""
    is_number = name in _NUMBERS and isinstance(value, str) and _NUMBER.fullmatch(value)
    return int(value) if is_number and isinstance(value, str) else value


def _named(value: UploadFile | str) -> tuple[str, UploadFile | None]:
    return (ids.new_id("img"), value) if isinstance(value, UploadFile) else (value, None)
