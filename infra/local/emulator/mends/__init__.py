"""What the emulator does otherwise than AWS where it matters to us, one module per mend."""

from infra.local.emulator.mends import (
    function_errors,
    function_pool,
    function_runtime,
    generated_secrets,
    http_api_cors,
    http_api_errors,
    http_api_options,
    log_retention,
    message_move,
    queue_age,
    reserved_concurrency,
    schedule_clock,
    schedule_pages,
    schedule_rates,
    schedule_variables,
    stream_positions,
    table_ttl,
)

MENDS = (
    function_runtime,
    function_errors,
    function_pool,
    reserved_concurrency,
    http_api_cors,
    http_api_errors,
    http_api_options,
    table_ttl,
    schedule_clock,
    schedule_rates,
    schedule_variables,
    schedule_pages,
    stream_positions,
    log_retention,
    message_move,
    queue_age,
    generated_secrets,
)


def apply_all() -> None:
    for mend in MENDS:
        mend.apply()
