"""What the protocol asks of the rest of the house: one small Protocol per capability.

The slices `sessions`, `grants`, `token_claims` and the adapters in `oidc_adapters` implement them over the database;
tests implement them in memory. Every method belongs to one tenant and to one unit of work. Whatever is said to be
`Outdated` is so at the latest when the unit of work is settled, and then nothing of it is written.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sekisho.crypto.jwk import SigningKeyObject
from sekisho.crypto.public_keys import PublicKey
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, UserId
from sekisho.oidc.custom_claims import TokenDraft
from sekisho.oidc.models import (
    AccessToken,
    Account,
    Authorization,
    AuthorizationCode,
    Client,
    ClientAuthorization,
    DeviceCode,
    Grant,
    Interaction,
    LogoutNotice,
    Organization,
    PushedRequest,
    RefreshToken,
    ResourceServer,
    Session,
    SubjectToken,
)
from sekisho.oidc.options import ProviderOptions


class Clients(Protocol):
    async def find(self, client_id: str) -> Client | None:
        """Return a usable client. Raises `InvalidRedirectUri` or `InvalidClientMetadata` when its settings are not."""
        ...


class Options(Protocol):
    """What the tenant switched on beyond the reference."""

    async def get(self) -> ProviderOptions: ...


class KeySets(Protocol):
    """Key sets that clients publish."""

    async def fetch(self, uri: str, *, lacks_key: bool = False) -> Sequence[PublicKey]:
        """Return the usable keys at an address, none when it cannot be read; `lacks_key` asks for a newer answer."""
        ...


class UsedProofs(Protocol):
    """Signed statements that are good for one request each."""

    async def use(self, proof: str, *, until: datetime) -> bool:
        """Use a proof up, whatever becomes of the request. True for exactly one caller before `until`."""
        ...


class Accounts(Protocol):
    async def find(self, account_id: UserId) -> Account | None: ...

    async def remember_first_client(self, account_id: UserId, *, client_id: str) -> None:
        """Keep the first client the account ever consented to; later ones change nothing (oidc.md §4.5)."""
        ...


class Resources(Protocol):
    """API resources and who may have which of their scopes."""

    async def find(self, indicator: str) -> ResourceServer | None: ...

    async def default(self) -> ResourceServer | None:
        """Return the resource that is meant when a request names none, if the tenant has one."""
        ...

    async def scopes_of_account(self, *, account_id: UserId, indicator: str) -> Sequence[str]: ...

    async def scopes_of_client(self, *, client_id: str, indicator: str) -> Sequence[str]: ...


class Organizations(Protocol):
    """Who belongs to which organization and what its roles give, as it is at this moment: nothing of it is cached.

    An unknown organization has no members and gives nothing.
    """

    async def of_account(self, account_id: UserId) -> Sequence[Organization]: ...

    async def has_member(self, organization_id: str, *, account_id: UserId) -> bool: ...

    async def has_client(self, organization_id: str, *, client_id: str) -> bool:
        """Tell whether a machine-to-machine application belongs to the organization."""
        ...

    async def lets_client_in(self, organization_id: str, *, client_id: str, account_id: UserId) -> bool:
        """Tell whether the person let a third-party application act in the organization."""
        ...

    async def let_client_in(self, organization_ids: Sequence[str], *, client_id: str, account_id: UserId) -> None:
        """Remember that the person let a third-party application act in these; what was let in before stays."""
        ...

    async def lacks_mfa(self, organization_id: str, *, account_id: UserId) -> bool:
        """Tell whether the organization demands a second factor that the person does not have."""
        ...

    async def scopes(self) -> Sequence[str]:
        """Return every organization scope the tenant has, whoever holds it."""
        ...

    async def scopes_of_account(self, organization_id: str, *, account_id: UserId) -> Sequence[str]:
        """Return the organization scopes that the person's roles in the organization give."""
        ...

    async def scopes_of_client(self, organization_id: str, *, client_id: str) -> Sequence[str]: ...

    async def resource_scopes_of_account(
        self, organization_id: str | None, *, account_id: UserId, indicator: str
    ) -> Sequence[str]:
        """Return the scopes of an API that roles give in this organization, or without one in all of the person's."""
        ...

    async def resource_scopes_of_client(
        self, organization_id: str, *, client_id: str, indicator: str
    ) -> Sequence[str]: ...


class ClientAccess(Protocol):
    """Who may use which application, as it is at this moment (oidc.md §27)."""

    async def admits(self, account_id: UserId, *, client_id: str) -> bool: ...


class Claims(Protocol):
    """Facts about an account, as claims."""

    async def of_account(self, account_id: UserId, *, names: Sequence[str]) -> Mapping[str, Any]:
        """Return the named claims in the order of `names`; one without a value is missing or null (oidc.md §19.2)."""
        ...

    async def extended_id_token_claims(self) -> frozenset[str]:
        """Return the claims beyond the standard ones that the tenant wants in ID tokens."""
        ...


class CustomClaims(Protocol):
    """Claims of the tenant's own for access tokens (oidc.md §26)."""

    async def of(self, draft: TokenDraft) -> Mapping[str, Any]:
        """Return the claims to add. May take seconds, so never with writes pending; may refuse by `OAuthError`."""
        ...


class SigningKey(Protocol):
    @property
    def kid(self) -> str: ...

    @property
    def algorithm(self) -> str: ...

    @property
    def key(self) -> SigningKeyObject: ...

    @property
    def sign(self) -> Callable[[bytes], bytes]: ...

    @property
    def jwk(self) -> Mapping[str, str]:
        """The public half, as the key set shows it."""
        ...


class SigningKeys(Protocol):
    async def current(self) -> SigningKey: ...

    async def published(self) -> Sequence[SigningKey]:
        """Return every key a token of ours may be signed with, in the order of the public key set."""
        ...


class Sessions(Protocol):
    """Browser sessions, found by the value of the session cookie."""

    async def find(self, session_id: str) -> Session | None: ...

    async def find_by_uid(self, uid: str) -> Session | None: ...

    async def lifetime(self) -> timedelta: ...

    async def add(self, session: Session, *, session_id: str) -> None: ...

    async def save(self, session: Session, *, session_id: str | None = None) -> None:
        """Write all but the authorizations; a `session_id` replaces the old one. `Outdated` when it is gone."""
        ...

    async def authorize(self, uid: str, *, client_id: str, authorization: ClientAuthorization) -> None:
        """Remember what a client was given in this session."""
        ...

    async def forget_client(self, uid: str, *, client_id: str) -> None: ...

    async def take(self, uid: str) -> Session | None:
        """End the session, and return what it was at its end. None for all but one caller."""
        ...

    async def extend(self, uid: str, *, account_id: UserId, client_id: str, last_submission: Mapping[str, Any]) -> None:
        """Keep what was last submitted in a session (oidc.md §4.5)."""
        ...


class LogoutNotices(Protocol):
    async def add(self, notice: LogoutNotice) -> None:
        """Have an application told of a sign-out once that is durable, however often it must be tried."""
        ...


class Interactions(Protocol):
    async def find_with_session(self, uid: str, *, session_id: str | None) -> tuple[Interaction | None, Session | None]:
        """Return an interaction, and with it the session of a browser's cookie, whether or not it is its own."""
        ...

    async def add(self, interaction: Interaction) -> None: ...

    async def replace_result(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Replace the result if it still is what it was. `Outdated` for all but one of several callers."""
        ...

    async def detach_session(self, uid: str) -> None:
        """Let the interaction go on in another session than the one it was started in."""
        ...

    async def consume(self, uid: str) -> None:
        """Take the interaction away. `Outdated` for all but one caller."""
        ...


class Grants(Protocol):
    async def find(self, grant_id: str) -> Grant | None: ...

    async def add(self, grant: Grant) -> None: ...

    async def save(self, grant: Grant) -> None: ...

    async def hold(self, grant_id: str) -> None:
        """Keep the grant from being revoked until the transaction ends; `Outdated` when it is revoked already.

        Whoever consumes a code or token holds its grant first: the same order of locks everywhere, hence no deadlock.
        """
        ...

    async def revoke(self, grant_id: str) -> None:
        """Remove the grant and everything issued under it."""
        ...

    async def revoke_tokens(self, grant_id: str) -> None:
        """Remove everything issued under the grant, but not the grant."""
        ...

    def revoke_despite_refusal(self, grant_id: str) -> None:
        """Revoke when this request has ended, even though it is refused and its own writes are undone."""
        ...


class Journal(Protocol):
    """What happened, for the tenant's log and figures: noted, and never asked for again."""

    def client_proved(self, client_id: str, *, secret_name: str | None) -> None:
        """A client showed who it is, with the named secret if with one."""
        ...

    def token_issued(self, *, account_id: UserId | None, session_uid: str | None) -> None:
        """An access token was issued: to a person, or without one to an application itself."""
        ...

    def interaction_created(self, interaction: Interaction, *, session_uid: str) -> None: ...

    def interaction_ended(self, interaction: Interaction) -> None: ...


class GrantLimits(Protocol):
    async def enforce_later(self, *, account_id: UserId, client_id: str, limit: int) -> None:
        """Revoke the client's oldest grants of the account beyond the limit, once this authorization is durable."""
        ...


class AuthorizationCodes(Protocol):
    """Codes by value. A code is found together with its grant, and not at all when the grant is gone."""

    async def find(self, value: str) -> AuthorizationCode | None: ...

    async def add(self, value: str, code: AuthorizationCode) -> None: ...

    async def consume(self, value: str, *, at: datetime) -> None:
        """Mark the code as used. `Outdated` for all but one caller."""
        ...


class AccessTokens(Protocol):
    """Opaque access tokens by value, with their grant."""

    async def find(self, value: str) -> AccessToken | None: ...

    async def add(self, value: str, token: AccessToken) -> None: ...


class RefreshTokens(Protocol):
    """Refresh tokens by value, with their grant."""

    async def find(self, value: str) -> RefreshToken | None: ...

    async def add(self, value: str, token: RefreshToken) -> None: ...

    async def consume(self, value: str, *, at: datetime, unless_consumed_before: datetime) -> None:
        """Mark the token as rotated, first at `at`; `Outdated` if that was before the given instant, or it is gone."""
        ...

    async def hold(self, value: str) -> None:
        """Keep the token from being revoked until the transaction ends; `Outdated` when it is revoked already."""
        ...


class DeviceCodes(Protocol):
    """Devices that wait, by the code they hold or the one their user types. What was granted comes with its grant."""

    async def add(self, code: DeviceCode, *, device_code: str, user_code: str) -> bool:
        """Keep a code under both of its values. False when another device shows the same user code."""
        ...

    async def find(self, device_code: str) -> DeviceCode | None: ...

    async def find_by_user_code(self, user_code: str) -> DeviceCode | None: ...

    async def find_by_id(self, code_id: str) -> DeviceCode | None: ...

    async def claim(self, code_id: str, *, at: datetime) -> bool:
        """Let one person answer for the device. True for exactly one caller."""
        ...

    async def approve(self, code_id: str, authorization: Authorization) -> bool:
        """Write what the device may have. True for exactly one caller, and never once it was denied."""
        ...

    async def deny(self, code_id: str, *, error: str, description: str | None) -> bool:
        """Write why the device gets nothing. True for exactly one caller, and never once it was approved."""
        ...

    async def consume(self, code_id: str, *, at: datetime) -> None:
        """Mark the code as used. `Outdated` for all but one caller."""
        ...


class Guess(Protocol):
    """A try at a user code that has been counted before it is looked at; until it is settled it counts as wrong."""

    async def was_right(self) -> None: ...

    async def was_wrong(self) -> None: ...


class UserCodeGuesses(Protocol):
    async def admit(self, address: str) -> Guess | None:
        """Count a guess that comes from a network address; None when there were too many. Call before any write."""
        ...


class PushedRequests(Protocol):
    async def add(self, request: PushedRequest, *, value: str) -> None: ...

    async def find(self, value: str) -> PushedRequest | None: ...

    async def consume(self, request_id: str, *, at: datetime) -> bool:
        """Mark the request as used. True for exactly one caller."""
        ...


class SubjectTokens(Protocol):
    """What an administrator had made so that an application may act as somebody, by value."""

    async def find(self, value: str) -> SubjectToken | None: ...

    async def consume(self, value: str, *, at: datetime) -> bool:
        """Mark the token as used. True for exactly one caller."""
        ...


class PersonalAccessTokens(Protocol):
    """People's own long-lived tokens."""

    async def holder_of(self, value: str) -> UserId | None:
        """Return whose token this is; None when it is nobody's, or expired."""
        ...


class Ports(Protocol):
    """Everything the provider works with, for one tenant and one unit of work.

    Properties, so that an implementation may make each port when it is first asked for: most requests need few.
    """

    @property
    def issuer(self) -> str: ...

    @property
    def base_url(self) -> str:
        """Where this request came in, without a trailing slash: other URLs than the issuer follow it."""
        ...

    @property
    def clock(self) -> Clock: ...

    @property
    def ids(self) -> Ids: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def options(self) -> Options: ...

    @property
    def clients(self) -> Clients: ...

    @property
    def key_sets(self) -> KeySets: ...

    @property
    def used_proofs(self) -> UsedProofs: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def resources(self) -> Resources: ...

    @property
    def organizations(self) -> Organizations: ...

    @property
    def client_access(self) -> ClientAccess: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def custom_claims(self) -> CustomClaims: ...

    @property
    def keys(self) -> SigningKeys: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def logout_notices(self) -> LogoutNotices: ...

    @property
    def interactions(self) -> Interactions: ...

    @property
    def grants(self) -> Grants: ...

    @property
    def grant_limits(self) -> GrantLimits: ...

    @property
    def codes(self) -> AuthorizationCodes: ...

    @property
    def access_tokens(self) -> AccessTokens: ...

    @property
    def refresh_tokens(self) -> RefreshTokens: ...

    @property
    def subject_tokens(self) -> SubjectTokens: ...

    @property
    def personal_access_tokens(self) -> PersonalAccessTokens: ...

    @property
    def device_codes(self) -> DeviceCodes: ...

    @property
    def user_code_guesses(self) -> UserCodeGuesses: ...

    @property
    def pushed_requests(self) -> PushedRequests: ...

    async def settle(self) -> None:
        """Make durable what was written; raises `Outdated`, and whatever else a write can fail by."""
        ...

    def url(self, path: str) -> str:
        """Return the absolute URL of a path below `/oidc`."""
        return f"{self.base_url}/oidc{path}"
