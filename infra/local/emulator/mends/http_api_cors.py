"""CORS of an HTTP API set by CloudFormation: the data plane reads camelCase keys."""

from infra.local.emulator.mends.provisioning import Properties, before, is_true


def apply() -> None:
    before("AWS::ApiGatewayV2::Api", _with_api_casing)


def _with_api_casing(properties: Properties) -> Properties:
    cors = properties.get("CorsConfiguration")
    if not cors:
        return properties
    cased = {key[:1].lower() + key[1:]: value for key, value in cors.items()}
    if "allowCredentials" in cased:
        cased["allowCredentials"] = is_true(cased["allowCredentials"])
    return {**properties, "CorsConfiguration": cased}
