"""`up`: builds, starts, deploys, fills in demo data, then watches until it is told to stop."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from infra.local.aws import LocalAws
from infra.local.build import Assembly, build_local_layers, synthesize
from infra.local.checks import check_node, check_port, check_python
from infra.local.demo.code import flow_admin_token
from infra.local.demo.seed import DemoAccounts, seed
from infra.local.deployment.deploy import Deployment, deploy
from infra.local.emulator.process import emulator
from infra.local.emulator_venv import ensure_emulator_venv
from infra.local.errors import LocalRunError
from infra.local.instance import ROOT, Instance
from infra.local.lock import StateLock
from infra.local.logfiles import rotate
from infra.local.payments import merchant_secret
from infra.local.ports import Ports, choose_ports
from infra.local.processes import Child, ChildFailedError
from infra.local.progress import Progress
from infra.local.providers import Providers, configured_providers, store_keys
from infra.local.run_file import RunState, read_run
from infra.local.services import (
    chat_stream,
    gateway,
    media_simulators,
    model_simulator,
    payment_simulator,
)
from infra.local.welcome import welcome

_STEPS = 8
_WATCH_SECONDS = 0.2
_BUILD_SECONDS = 600.0
# How long an emulator that lost its supervisor may write its state.
_ORPHAN_SECONDS = 60.0
_RESTARTS = 5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """A signal asked for the end: no error, and not to be caught on the way."""


class Supervisor:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._lock = StateLock(instance.lock_file)
        self._children: list[Child] = []
        self._restarts: dict[str, int] = {}
        self._run: RunState | None = None

    def up(self) -> None:
        """Returns when stopped by a signal; raises LocalRunError or ChildFailedError."""
        self._take_state()
        with _stopping_on_signals():
            try:
                self._start(Progress(_STEPS))
                self._watch()
            except StopRequested:
                pass
            finally:
                self._stop()

    def _take_state(self) -> None:
        if self._lock.acquire():
            return
        running = read_run(self._instance.run_file)
        if running is not None:
            raise LocalRunError(
                f"RoleCraft is already running on {running.url} with this state directory; "
                "stop it with `make down`, or give a second one its own: "
                "PORT=9080 STATE=.rolecraft-9080 make up",
                f"RoleCraft 已在 {running.url} 运行并占用此状态目录：先 make down，"
                "或为第二个实例指定 PORT 和 STATE。",
            )
        print("waiting for the last run to finish writing its state …", flush=True)
        if not self._lock.acquire(_ORPHAN_SECONDS):
            raise LocalRunError(
                f"Another process still holds {self._lock.path}.",
                f"仍有进程占用 {self._lock.path}。",
            )

    def _start(self, progress: Progress) -> None:
        with progress.step("checks") as notes:
            notes += [f"python {check_python()}", f"node {check_node()}"]
            check_port(self._instance.port)
            ports = choose_ports(self._instance.port, self._instance.ports_file)
            providers = configured_providers(self._instance, ports)
        rotate(self._instance.logs)
        assembly, interpreter = self._build(progress)
        self._run = RunState(os.getpid(), self._instance.url, vars(ports))
        aws = LocalAws(ports.emulator)
        with progress.step("emulator ready") as notes:
            notes.append(f"port {ports.emulator}")
            self._add(emulator(ROOT, interpreter, self._instance.state, ports.emulator))
        with progress.step("deployed") as notes:
            deployment = self._deploy(aws, assembly, providers, ports)
            notes += deployment.notes
        with progress.step("servers ready"):
            self._serve(aws, ports, deployment)
        with progress.step("demo data") as notes:
            admin_token = flow_admin_token(aws, deployment.outputs["FlowSecretArn"])
            accounts = seed(self._instance, aws, providers.default_model, admin_token, notes)
        self._run.ready = True
        self._note_run()
        self._greet(progress, accounts, providers)

    def _build(self, progress: Progress) -> tuple[Assembly, Path]:
        # Instances share what is built: only one builds at a time.
        building = StateLock(ROOT / "build" / "lock")
        if not building.acquire(_BUILD_SECONDS):
            raise LocalRunError(
                f"Another process holds {building.path} for ten minutes already.",
                f"另一个进程占用 {building.path} 已超过十分钟。",
            )
        try:
            with progress.step("emulator installed"):
                interpreter = ensure_emulator_venv(ROOT)
            with progress.step("layers") as notes:
                layers = build_local_layers()
                built = [layer.name for layer in layers.values() if not layer.cached]
                notes.append(f"built {', '.join(built)}" if built else "unchanged")
            with progress.step("templates") as notes:
                assembly = synthesize(ROOT, layers)
                notes.append("unchanged" if assembly.cached else "synthesized")
        finally:
            building.release()
        return assembly, interpreter

    def _deploy(
        self, aws: LocalAws, assembly: Assembly, providers: Providers, ports: Ports
    ) -> Deployment:
        variables = {**providers.variables, "TRUSTED_HOSTS": self._instance.trusted_hosts}
        deployment = deploy(aws, assembly, variables)
        secrets = aws.client("secretsmanager")
        store_keys(secrets, deployment.outputs["ProvidersSecretArn"], providers.keys)
        merchant = merchant_secret(self._instance, ports)
        store_keys(secrets, deployment.outputs["MerchantSecretArn"], merchant)
        return deployment

    def _serve(self, aws: LocalAws, ports: Ports, deployment: Deployment) -> None:
        instance = self._instance
        self._add(
            model_simulator(instance, ports),
            *media_simulators(instance, ports),
            payment_simulator(instance, ports),
            chat_stream(instance, ports, deployment.stream_environment(aws)),
            gateway(instance, ports, deployment.http_api_url(aws)),
        )

    def _add(self, *children: Child) -> None:
        """Starts them side by side and waits for all."""
        for child in children:
            child.inherited = (self._lock.descriptor,)
            self._children.append(child)
            child.launch()
        for child in children:
            child.wait_until_ready()
        self._note_run()

    def _note_run(self) -> None:
        if self._run is not None:
            self._run.pids = {child.name: child.pid for child in self._children if child.pid}
            self._run.write(self._instance.run_file)

    def _watch(self) -> None:
        while True:
            time.sleep(_WATCH_SECONDS)
            for child in self._children:
                if child.ended() is not None:
                    self._revive(child)

    def _revive(self, child: Child) -> None:
        code = child.ended()
        count = self._restarts[child.name] = self._restarts.get(child.name, 0) + 1
        if child.name == "emulator" or count > _RESTARTS:
            raise ChildFailedError(f"{child.name} ended with {code}: see {child.log}; stopping")
        print(f"{child.name} ended with {code} (see {child.log}): started again", flush=True)
        child.stop()
        child.start()
        self._note_run()

    def _greet(self, progress: Progress, accounts: DemoAccounts, providers: Providers) -> None:
        print(f"\nRoleCraft runs on {self._instance.url} ({progress.seconds:.1f} s)")
        print(welcome(self._instance, accounts, providers), flush=True)

    def _stop(self) -> None:
        """Those who use others first; the emulator last, writing its state."""
        for wanted in _SIGNALS:
            signal.signal(wanted, signal.SIG_IGN)
        self._say("\nstopping …")
        for child in reversed(self._children):
            child.stop()
        self._instance.run_file.unlink(missing_ok=True)
        self._lock.release()
        self._say("stopped")

    def _say(self, text: str) -> None:
        # Nothing was started, or the terminal is gone.
        if self._children:
            with contextlib.suppress(OSError):
                print(text, flush=True)


@contextlib.contextmanager
def _stopping_on_signals() -> Iterator[None]:
    def request(_number: int, _frame: FrameType | None) -> None:
        raise StopRequested

    before = {wanted: signal.signal(wanted, request) for wanted in _SIGNALS}
    try:
        yield
    finally:
        for wanted, handler in before.items():
            signal.signal(wanted, handler)
