"""Router: one request from its path to its answer, in the order of spec 1 §4. Free of any web framework."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field, frozen

from apiserver.calls import auth, body, paths, sites
from apiserver.calls.auth import Origin
from apiserver.calls.call import Backend, Call, Cookie, RawAnswer
from apiserver.calls.endpoint import Binding, Endpoint, max_version
from apiserver.calls.errors import ApiError
from apiserver.calls.store_errors import translated
from apiserver.calls.validate import validate
from apiserver.generated import errors
from apiserver.stores.errors import Unavailable

log = logging.getLogger(__name__)

SLOW_S = 5.0
"""A call that takes longer is worth a line in the log."""


@frozen
class Incoming:
    """A request as the transport hands it on. headers: names in lower case; read_body: called once at most, raises ApiError."""

    path: str
    headers: Mapping[str, str] = field(factory=dict)
    cookies: Mapping[str, str] = field(factory=dict)
    query: list[tuple[str, str]] = field(factory=list)
    form: Callable[[], list[tuple[str, str]]] | None = None
    """For form bodies, which hold no JSON."""
    read_body: Callable[[], bytes] = bytes
    ip: str = ""


@define
class Outcome:
    """What came of it: data or raw, or an error; and what the envelope tells about the call."""

    call: Call
    name: str = ""
    requested: str | float = 1.0
    actual: str | float | None = None
    data: Any = field(factory=dict)
    raw: RawAnswer | None = None
    error: ApiError | None = None
    exact: bool = False
    """The answer may hold numbers that need the exact writer."""
    cookies: list[Cookie] = field(factory=list)


class Router:
    """Finds and runs the handler of a request."""

    def __init__(self, endpoints: Mapping[str, Endpoint], backend: Backend) -> None:
        self._endpoints = endpoints
        self._backend = backend
        self._newest = max_version(endpoints.values())
        settings = backend.settings
        self._prefix = settings.get("apiserver.request.strip_prefix") or ""
        self._version_required = settings.get("apiserver.version.required", False)
        self._check_newest = settings.get("apiserver.version.check_max_version", False)
        self._cookie = settings.get("apiserver.auth.session_auth_cookie_name", "clearml_token_basic")
        origins: str | list[str] = settings.get("apiserver.cors.origins", "*")
        self._origins = [origins] if isinstance(origins, str) else list(origins or ())

    def handle(self, request: Incoming) -> Outcome:
        """The outcome of a request; an error is one, too. Nothing is raised."""
        began = time.monotonic()
        call = Call("", self._newest, self._backend, headers=request.headers, ip=request.ip, endpoints=self._endpoints)
        outcome = Outcome(call)
        try:
            with translated():
                self._run(request, call, outcome)
        except ApiError as error:
            outcome.error = error
        except RecursionError:
            outcome.error = errors.BadRequest("the request is nested too deeply")
        except Exception:
            # NOTE: what went wrong is for the operator; the caller gets the id to ask about.
            log.exception("call %s of %s failed", call.id, outcome.name)
            outcome.error = errors.GeneralError(f"the server's log has more under {call.id}")
        outcome.cookies = call.cookies
        _log(outcome, time.monotonic() - began)
        return outcome

    def failure(self, error: Exception, *, status: int = 500) -> Outcome:
        """The outcome of a request that was broken before it became a call, or whose answer broke."""
        call = Call("", self._newest, self._backend)
        if status < 500:
            return Outcome(call, error=errors.BadRequest())
        log.error("request %s failed", call.id, exc_info=error)
        return Outcome(call, error=errors.GeneralError(f"the server's log has more under {call.id}"))

    def _run(self, request: Incoming, call: Call, outcome: Outcome) -> None:
        target = paths.parse(
            request.path, self._newest, prefix=self._prefix, version_required=self._version_required, check_newest=self._check_newest
        )
        call.endpoint, call.version = target.name, target.version
        outcome.name, outcome.requested = target.name, target.shown
        endpoint, binding = self._find(target)
        outcome.actual = paths.answered(binding.min_version, target.version)
        self._sign_in(request, call, endpoint)
        argument = self._read(request, call, binding, outcome)
        assert binding.handler is not None  # _find saw to it
        result = binding.handler(call, argument)
        if isinstance(result, RawAnswer):
            outcome.raw = result
        else:
            outcome.data = {} if result is None else result

    def _find(self, target: paths.Target) -> tuple[Endpoint, Binding]:
        endpoint = self._endpoints.get(target.name)
        if endpoint is not None and not endpoint.built:
            raise errors.EndpointNotFound(message=f"{target.name} is not built yet")
        binding = endpoint.binding(target.version) if endpoint else None
        if endpoint is None or binding is None or binding.handler is None:
            raise errors.EndpointNotFound(message=f"No endpoint {target.name} in version {target.shown}")
        return endpoint, binding

    def _sign_in(self, request: Incoming, call: Call, endpoint: Endpoint) -> None:
        headers = request.headers
        if endpoint.authorize is not False:
            try:
                self._authenticate(request, call, endpoint)
            except ApiError:
                if endpoint.authorize:
                    raise
            except Unavailable:
                # NOTE: where no store may be used at all, clients still have to be told why (spec 6 §4.4).
                if endpoint.authorize or self._backend.unmigrated is None:
                    raise
        if endpoint.authorize and call.caller is not None:
            auth.check_role(call.caller, endpoint.allow_roles)
        acting = auth.impersonated(
            self._backend,
            call.caller,
            impersonate_as=_either(headers, "impersonate-as"),
            act_as=_either(headers, "act-as"),
        )
        if acting is not None:
            call.identity = acting
            if endpoint.authorize:
                auth.check_role(acting, endpoint.allow_roles)

    def _authenticate(self, request: Incoming, call: Call, endpoint: Endpoint) -> None:
        authorization = request.headers.get("authorization") or ""
        if "authorization" not in request.headers and (cookie := self._cookie_of(request)):
            authorization = f"Bearer {cookie}"
        origin = Origin(endpoint.name, _either(request.headers, "worker"), request.ip)
        session = auth.authenticate(self._backend, authorization, origin)
        call.caller = session.identity
        call.identity = session.identity
        call.token = session.token

    def _cookie_of(self, request: Incoming) -> str:
        cookie = request.cookies.get(self._cookie) or ""
        return cookie if cookie and sites.cookie_counts(request.headers, self._origins) else ""

    def _read(self, request: Incoming, call: Call, binding: Binding, outcome: Outcome) -> Any:
        if request.headers.get("content-type") == body.JSON_LINES:
            call.batch = body.lines(request.read_body())
            return validate(binding, call.batch)
        form = request.form() if request.form else []
        data = body.data(b"" if request.form else request.read_body(), request.query, form)
        outcome.exact = data.exact
        call.data = data
        return validate(binding, data)


def _either(headers: Mapping[str, str], name: str) -> str:
    return headers.get(f"x-clearml-{name}") or headers.get(f"x-trains-{name}") or ""


def _log(outcome: Outcome, took_s: float) -> None:
    code = outcome.error.code if outcome.error else 200
    level = logging.WARNING if code >= 500 or took_s > SLOW_S else logging.DEBUG
    reason = outcome.error.message[:300] if outcome.error else ""
    log.log(level, "%s %s v%s %d ms %s", code, outcome.name or "-", outcome.requested, took_s * 1000, reason)
