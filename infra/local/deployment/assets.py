"""Uploads the files the stacks need; a file whose key is there already is not sent again."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.deployment.assembly import FileAsset

# One date for all files: the same content gives the same archive.
_DATE = (1980, 1, 1, 0, 0, 0)


def upload_assets(s3: Any, assets: Iterable[FileAsset]) -> int:
    """How many were sent. Files of earlier deployments are removed from the bucket."""
    sent = 0
    wanted: dict[str, set[str]] = {}
    for asset in assets:
        if asset.bucket not in wanted:
            s3.create_bucket(Bucket=asset.bucket)
        keys = wanted.setdefault(asset.bucket, set())
        if asset.key not in keys and not _is_there(s3, asset):
            s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=_content(asset))
            sent += 1
        keys.add(asset.key)
    for bucket, keys in wanted.items():
        _remove_others(s3, bucket, keys)
    return sent


def _is_there(s3: Any, asset: FileAsset) -> bool:
    try:
        s3.head_object(Bucket=asset.bucket, Key=asset.key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return False
    return True


def _remove_others(s3: Any, bucket: str, keys: set[str]) -> None:
    for listed in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        if listed["Key"] not in keys:
            s3.delete_object(Bucket=bucket, Key=listed["Key"])


def _content(asset: FileAsset) -> bytes:
    return zip_folder(asset.path) if asset.zipped else asset.path.read_bytes()


def zip_folder(folder: Path) -> bytes:
    """Lightly compressed: the emulator keeps it in memory and in its state file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compresslevel=1) as opened:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
                entry.external_attr = path.stat().st_mode << 16
                opened.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive.getvalue()
