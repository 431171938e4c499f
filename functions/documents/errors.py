"""Failures of the documents API, beyond those every API shares."""

from shared.core.errors import Conflict, InvalidRequest, NotFound, PayloadTooLarge
from shared.core.text import Text


class DocumentNotFound(NotFound):
    """No such document, or somebody else's."""

    text = Text("文档不存在", "Document not found")


class NotUploaded(Conflict):
    """The file of a document in `uploading` is not there yet."""

    text = Text("文件尚未上传", "The file has not been uploaded yet")


class FileTooLarge(PayloadTooLarge):
    """A multipart file over the limit; larger ones go through `/uploads`."""

    text = Text(
        "文件不能超过 4.5 MB，更大的文件请使用 /uploads",
        "The file is over 4.5 MB; use /uploads for larger ones",
    )


def unknown_knowledge_base() -> InvalidRequest:
    """The refusal of a knowledge base that the caller does not have, or that is full."""
    return InvalidRequest.of_field(
        "knowledge_base_id",
        Text("知识库不存在或已满", "does not exist or is full"),
    )
