"""S3: the calls the product makes, with streams and short-lived links."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.aws.clients import client

LINK_SECONDS = 900


class ObjectMissing(LookupError):
    """No object under that key."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A presigned POST: what a browser needs to upload straight to S3."""

    url: str
    fields: dict[str, str]
    expires_in: int


@dataclass(frozen=True, slots=True)
class Storage:
    """One bucket."""

    bucket: str

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Write an object (atomic: readers see the old or the new one)."""
        client("s3").put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)

    def put_file(self, key: str, path: Path) -> None:
        """Write an object from a file, without holding it in memory."""
        with path.open("rb") as file:
            client("s3").put_object(
                Bucket=self.bucket,
                Key=key,
                Body=file,
                ContentType="application/octet-stream",
            )

    def get(self, key: str) -> bytes:
        """The object's bytes.

        Raises:
            ObjectMissing: there is none.
        """
        s3 = client("s3")
        try:
            body: bytes = s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            raise ObjectMissing(key) from None
        return body

    def get_range(self, key: str, first: int, end: int) -> bytes:
        """The object's bytes from `first` up to, not including, `end`.

        Raises:
            ObjectMissing: there is none.
        """
        s3 = client("s3")
        wanted = {"Bucket": self.bucket, "Key": key, "Range": f"bytes={first}-{end - 1}"}
        try:
            body: bytes = s3.get_object(**wanted)["Body"].read()
        except s3.exceptions.NoSuchKey:
            raise ObjectMissing(key) from None
        return body

    def download(self, key: str, path: str, chunk_bytes: int = 1 << 20) -> int:
        """Copy the object into a file, piece by piece; returns its size in bytes.

        Raises:
            ObjectMissing: there is none.
        """
        s3 = client("s3")
        try:
            body = s3.get_object(Bucket=self.bucket, Key=key)["Body"]
        except s3.exceptions.NoSuchKey:
            raise ObjectMissing(key) from None
        size = 0
        with open(path, "wb") as file:  # noqa: PTH123
            while piece := body.read(chunk_bytes):
                size += file.write(piece)
        return size

    def size(self, key: str) -> int | None:
        """The object's size in bytes; None where there is none."""
        s3 = client("s3")
        try:
            length: int = s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"]
        except s3.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        return length

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; a key without one is no error."""
        wanted = [{"Key": key} for key in keys]
        for start in range(0, len(wanted), 1000):
            part = {"Objects": wanted[start : start + 1000], "Quiet": True}
            answer = client("s3").delete_objects(Bucket=self.bucket, Delete=part)
            if answer.get("Errors"):
                codes = sorted({item["Code"] for item in answer["Errors"]})
                raise OSError(f"objects not deleted: {', '.join(codes)}")

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with the prefix, in key order."""
        pages = client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                yield item["Key"]

    def download_link(self, key: str, file_name: str) -> str:
        """A link to the object that a browser saves under that name, for 15 minutes."""
        from urllib.parse import quote

        disposition = f"attachment; filename*=UTF-8''{quote(file_name)}"
        parameters = {
            "Bucket": self.bucket,
            "Key": key,
            "ResponseContentDisposition": disposition,
        }
        link: str = client("s3").generate_presigned_url(
            "get_object", Params=parameters, ExpiresIn=LINK_SECONDS
        )
        return link

    def view_link(self, key: str) -> str:
        """A link that a browser shows the object by, for 15 minutes."""
        link: str = client("s3").generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=LINK_SECONDS
        )
        return link

    def upload_form(self, key: str, content_type: str, max_bytes: int) -> UploadForm:
        """A form that S3 takes for this key and type only, up to `max_bytes`, for an hour."""
        conditions: list[Any] = [
            {"Content-Type": content_type},
            ["content-length-range", 0, max_bytes],
        ]
        form = client("s3").generate_presigned_post(
            Bucket=self.bucket,
            Key=key,
            Fields={"Content-Type": content_type},
            Conditions=conditions,
            ExpiresIn=3600,
        )
        return UploadForm(form["url"], form["fields"], 3600)
