"""What to try, printed when everything runs."""

from infra.local.demo.seed import DemoAccounts
from infra.local.instance import Instance
from infra.local.providers import BUILTIN_MODEL, Providers


def welcome(instance: Instance, accounts: DemoAccounts, providers: Providers) -> str:
    user = accounts.user
    model = (
        "the builtin offline model (set OPENAI_BASE_URL and OPENAI_API_KEY for a real one)"
        if providers.default_model == BUILTIN_MODEL
        else f"{providers.default_model} of {providers.settings[0]['base_url']}"
    )
    pictures = (
        "the services whose keys are set"
        if instance.ark_api_key or instance.volcengine_access_key
        else "simulators (set ARK_API_KEY, or VOLCENGINE_ACCESS_KEY and VOLCENGINE_SECRET_KEY)"
    )
    url = instance.url
    return f"""
  demo admin   {accounts.admin.email}  {accounts.admin.password}
  demo user    {user.email}  {user.password}
  answers by   {model}
  pictures by  {pictures}

Try / 试一试:
  curl {url}/health
  TOKEN=$(curl -s {url}/api/v1/auth/login -H 'Content-Type: application/json' \\
    -d '{{"email":"{user.email}","password":"{user.password}"}}' \\
    | python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["access_token"])')
  curl -s {url}/api/v1/roles -H "Authorization: Bearer $TOKEN"
  ROLECRAFT_URL={url} ROLECRAFT_TOKEN=$TOKEN \\
    python3 docs/examples/generate_image.py "一只戴草帽的橘猫"

Stop / 停止: Ctrl-C, or `make down`.  Logs / 日志: .venv/bin/python -m infra.cli logs
"""
