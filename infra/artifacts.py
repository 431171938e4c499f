"""What is shipped: the code asset and the layers, as folders with a known hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_


@dataclass(frozen=True)
class Asset:
    """A folder that is zipped as it is; `digest` stands for its content."""

    path: Path
    digest: str

    def as_code(self) -> lambda_.Code:
        # Our own hash: CDK would read every file of every layer again at each synthesis.
        return lambda_.Code.from_asset(
            str(self.path), asset_hash=self.digest, asset_hash_type=AssetHashType.CUSTOM
        )


@dataclass(frozen=True)
class Artifacts:
    """The code asset (functions/ and shared/) and one asset for each folder of layers/."""

    code: Asset
    layers: Mapping[str, Asset]
