"""The door to the protocol: one method per endpoint, typed request in, typed answer out.

The composition root makes one `Provider` per unit of work, over its implementation of `ports.Ports`
(`sekisho.oidc_adapters.ports`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.oidc import consent, discovery, interactions, logout, pushed, token_endpoint, token_management
from sekisho.oidc import userinfo as userinfo_endpoint
from sekisho.oidc.authorize import flow
from sekisho.oidc.authorize.answers import Authorized
from sekisho.oidc.authorize.comeback import ResumeRequest
from sekisho.oidc.device import start, verification
from sekisho.oidc.device.answers import Problem, Verified
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.models import DeviceCode
from sekisho.oidc.ports import Ports


class Provider:
    """The OpenID provider of one tenant, for one unit of work. Every method may raise `OAuthError`."""

    __slots__ = ("ports",)

    def __init__(self, ports: Ports) -> None:
        self.ports = ports

    async def authorize(self, request: flow.AuthorizeRequest) -> Authorized:
        return await flow.authorize(self.ports, request)

    async def resume(self, request: ResumeRequest) -> Authorized:
        return await flow.resume(self.ports, request)

    async def push(self, request: pushed.PushRequest) -> pushed.Pushed:
        return await pushed.push(self.ports, request)

    async def start_device(self, request: start.DeviceAuthorizationRequest) -> start.WaitingDevice:
        return await start.start(self.ports, request)

    async def open_verification(self, request: verification.OpenVerification) -> Verified:
        return await verification.open_verification(self.ports, request)

    async def answer_verification(self, request: verification.AnswerVerification) -> Verified:
        return await verification.answer_verification(self.ports, request)

    async def resume_verification(self, request: ResumeRequest) -> Verified:
        return await verification.resume_verification(self.ports, request)

    async def find_device(self, typed: str, *, address: str) -> DeviceCode | Problem:
        """Return the device that shows a code, or why there is none; the guess counts for the address."""
        return await verification.find_typed(self.ports, typed, address=address)

    async def token(self, request: token_endpoint.TokenRequest) -> TokenAnswer:
        return await token_endpoint.token(self.ports, request)

    async def userinfo(self, request: userinfo_endpoint.UserinfoRequest) -> Mapping[str, Any]:
        return await userinfo_endpoint.userinfo(self.ports, request)

    async def introspect(self, request: token_management.TokenManagementRequest) -> Mapping[str, Any]:
        return await token_management.introspect(self.ports, request)

    async def revoke(self, request: token_management.TokenManagementRequest) -> None:
        await token_management.revoke(self.ports, request)

    async def end_session(self, request: logout.EndSessionRequest) -> logout.LogoutForm:
        return await logout.end_session(self.ports, request)

    async def confirm_end_session(self, request: logout.ConfirmRequest) -> logout.LoggedOut:
        return await logout.confirm(self.ports, request)

    async def discovery(self) -> Mapping[str, Any]:
        return await discovery.discovery_document(self.ports)

    async def key_set(self) -> Mapping[str, Any]:
        return await discovery.key_set(self.ports)

    async def current_interaction(self, request: interactions.CurrentRequest) -> interactions.Current:
        """Return the interaction a hosted page or the Experience API is called in."""
        return await interactions.find_current(self.ports, request)

    async def auto_consent(self, current: interactions.Current) -> consent.ConsentGiven | consent.ConsentNeeded:
        """Consent for a first-party application, or say what the page of a third party must ask."""
        return await consent.auto_consent(self.ports, current)

    async def ask_consent(self, current: interactions.Current) -> consent.ConsentNeeded:
        """Say what a page must ask, whoever's the application is."""
        return await consent.ask(self.ports, current)

    async def accept_consent(
        self, current: interactions.Current, *, organization_ids: Sequence[str] = ()
    ) -> consent.ConsentGiven:
        return await consent.accept(self.ports, current, organization_ids=organization_ids)

    async def decline_consent(self, current: interactions.Current) -> consent.ConsentGiven:
        return await consent.decline(self.ports, current)
