"""What is sent: the body of a message, how it is signed, and the bodies of tests (management-api.md §10.3, §10.4)."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from sekisho.kernel.events import Caller, Event, EventName
from sekisho.webhooks.models import Hook, HookConfig, HookId

_INTERACTIONS: Mapping[EventName, str] = {
    EventName.POST_REGISTER: "Register",
    EventName.POST_SIGN_IN: "SignIn",
    EventName.POST_SIGN_IN_ADAPTIVE_MFA_TRIGGERED: "SignIn",
    EventName.POST_RESET_PASSWORD: "ForgotPassword",
}
_SOMEBODY: Mapping[str, Any] = {
    "id": "fake-id",
    "username": "fake-user",
    "primaryEmail": "fake-user@fake-service.com",
    "primaryPhone": "1234567890",
    "name": "Fake User",
    "avatar": None,
    "customData": {"theme": "light"},
    "identities": {"google": {"userId": "fake-google-user-id"}},
    "profile": {},
    "applicationId": "fake-spa-application-id",
    "isSuspended": False,
    "lastSignInAt": None,
}
_SOME_APPLICATION: Mapping[str, Any] = {
    "id": "fake-spa-application-id",
    "type": "SPA",
    "name": "Fake Application",
    "description": "Fake application description",
}
_SOME_ROUTE: Mapping[str, Any] = {
    "path": "/fake-path/:id",
    "method": "POST",
    "status": 200,
    "params": {"id": "fake-id"},
    "data": {"result": "success"},
}
_SOME_AGENT = "fake-user-agent"


def message_of(event: Event, *, caller: Caller, hook_id: HookId, now: datetime) -> bytes:
    """Return the body of a message. It is made once: every attempt sends, and signs, the same bytes."""
    body: dict[str, Any] = {"event": event.name, "createdAt": iso(now)}
    if caller.user_agent:
        body["userAgent"] = caller.user_agent
    if caller.ip:
        body[event.address_key] = caller.ip
    return msgspec.json.encode({**body, **event.payload(), "hookId": hook_id})


def sample_of(name: EventName, *, hook_id: HookId, now: datetime) -> bytes:
    """Return the body of a test: it has the shape of a real one."""
    body: dict[str, Any] = {"event": name, "createdAt": iso(now), "userAgent": _SOME_AGENT}
    if interaction := _INTERACTIONS.get(name):
        body |= {
            "interactionEvent": interaction,
            "sessionId": "fake-session-id",
            "userIp": "fake-user-ip",
            "userId": "fake-id",
            "user": _SOMEBODY,
            "application": _SOME_APPLICATION,
        }
    else:
        body |= _SOME_ROUTE
    return msgspec.json.encode({**body, "hookId": hook_id})


def headers_for(body: bytes, *, config: HookConfig, hook: Hook) -> Mapping[str, str]:
    """Return the headers of a message; what was configured wins, but never over the signature."""
    configured = {name.lower(): value for name, value in (config.headers or {}).items()}
    return {
        # Receivers recognise us by the product whose interface this is.
        "user-agent": "Logto (https://logto.io/)",
        "content-type": "application/json",
        **configured,
        # Attack: anybody who knows the address sends messages of his own. The receiver checks what only we can make.
        "logto-signature-sha-256": hmac.digest(hook.signing_key.reveal().encode(), body, "sha256").hex(),
    }


def iso(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
