"""Uploads the files the stacks need; a file whose key is there already is not sent again."""

import io
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.deployment.assembly import FileAsset

# One date for all files: the same content gives the same archive.
_DATE = (1980, 1, 1, 0, 0, 0)


def upload_assets(s3: Any, assets: Iterable[FileAsset]) -> int:
    """How many were sent. Files of earlier deployments are removed from the bucket."""
    wanted = {(asset.bucket, asset.key): asset for asset in assets}
    for bucket in {asset.bucket for asset in wanted.values()}:
        s3.create_bucket(Bucket=bucket)
    missing = [asset for asset in wanted.values() if not _is_there(s3, asset)]

    def send(asset: FileAsset) -> None:
        s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=_content(asset))

    # Compressing takes most of the time, and lets go of the interpreter.
    with ThreadPoolExecutor() as threads:
        [*threads.map(send, missing)]
    for bucket in {asset.bucket for asset in wanted.values()}:
        _remove_others(s3, bucket, {asset.key for asset in wanted.values()})
    return len(missing)


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
