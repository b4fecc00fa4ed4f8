"""The operator's switches: which policies speak, and for whom. The file is read when it changes.

The core knows nothing of it: `reviewing` leaves stopped policies out of a review, and keeps the
cards of those in shadow to itself.
"""

import difflib
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from service.errors import StartError

Switch = Literal["live", "shadow", "stopped"]
_STRICTEST: Mapping[Switch, int] = {"live": 0, "shadow": 1, "stopped": 2}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Tenant(_Strict):
    all: Switch = "live"
    policies: dict[str, Switch] = {}


class _File(_Strict):
    all: Switch = "live"
    policies: dict[str, Switch] = {}
    tenants: dict[str, _Tenant] = {}


class SwitchesError(StartError):
    """The file of switches cannot be used; the message names the key and the cure."""


@dataclass(frozen=True, slots=True)
class Positions:
    """How the switches stand for one caller; the strictest of all that apply to a policy counts."""

    policies: Mapping[str, Switch] = field(default_factory=dict)
    otherwise: Switch = "live"

    def of(self, policy: str) -> Switch:
        """Return the position for a policy."""
        return self.policies.get(policy, self.otherwise)


ALL_LIVE = Positions()


class Switches:
    """The switches in *path*; each call of `positions` sees the file as it is now.

    A file that has become unusable, or is gone, changes nothing: the last good one stays in
    force, and *when_read* is told. Raises SwitchesError where it is unusable from the start.
    """

    def __init__(
        self,
        path: Path,
        policies: Collection[str],
        when_read: Callable[[SwitchesError | None], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._policies = policies
        self._when_read = when_read
        self._reading = threading.Lock()
        self._seen = self._stamp()
        self._file = read_switches(path, policies)

    def positions(self, tenant: str | None) -> Positions:
        """Return how the switches stand for *tenant*; None: no callers are configured."""
        self._refresh()
        file = self._file
        own = file.tenants.get(tenant or "", _Tenant())
        named = {*file.policies, *own.policies}
        otherwise = _strictest(file.all, own.all)
        return Positions(
            {
                each: _strictest(
                    otherwise, file.policies.get(each, "live"), own.policies.get(each, "live")
                )
                for each in named
            },
            otherwise,
        )

    def _refresh(self) -> None:
        if self._stamp() == self._seen:
            return
        with self._reading:
            stamp = self._stamp()
            if stamp == self._seen:
                return
            self._seen = stamp
            try:
                self._file = read_switches(self._path, self._policies)
            except SwitchesError as error:
                self._when_read(error)
            else:
                self._when_read(None)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            told = self._path.stat()
        except OSError:
            return None
        return told.st_mtime_ns, told.st_size, told.st_ino


def read_switches(path: Path, policies: Collection[str]) -> _File:
    """Read the file; raises SwitchesError naming file, key and cure."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SwitchesError(f"{path}: is no readable YAML. Mend the file, or restore it") from error
    try:
        file = _File.model_validate({} if content is None else content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, problem["loc"])) or "the file"
        cure = (
            "Write live, shadow or stopped"
            if problem["type"] == "literal_error"
            else "The keys are all, policies and tenants; of a tenant all and policies"
        )
        raise SwitchesError(f"{path}: {key}: cannot be used. {cure}") from error
    for named in (file.policies, *(each.policies for each in file.tenants.values())):
        for policy in named:
            if policy not in policies:
                near = difflib.get_close_matches(policy, policies, n=1)
                hint = f"; {near[0]} is" if near else ""
                raise SwitchesError(f"{path}: policies: {policy} is no policy here{hint}")
    return file


def _strictest(*switches: Switch) -> Switch:
    return max(switches, key=_STRICTEST.__getitem__)
