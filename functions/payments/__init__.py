"""Orders and their payment by WeChat Pay (contract photos-payments.md)."""

from shared.http.startup import begin

begin()
