"""The provider over memory: every port as plain dictionaries, so that a rule can be tested without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sekisho.crypto.ecdsa import Sign
from sekisho.crypto.jwk import SigningAlgorithm, SigningKeyObject, algorithm_of, generate_key, key_id_of, public_jwk
from sekisho.crypto.public_keys import PublicKey, read_key_set
from sekisho.crypto.signatures import signer_of
from sekisho.kernel.clock import Clock, ManualClock
from sekisho.kernel.errors import Outdated
from sekisho.kernel.ids import Ids, RandomIds, UserId
from sekisho.kernel.secret import Secret
from sekisho.oidc.custom_claims import TokenDraft
from sekisho.oidc.models import (
    AccessToken,
    Account,
    ApplicationKind,
    Authorization,
    AuthorizationCode,
    Client,
    ClientAuthMethod,
    ClientAuthorization,
    ClientSecret,
    DeviceCode,
    Grant,
    GrantType,
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
from sekisho.oidc.ports import (
    AccessTokens,
    Accounts,
    AuthorizationCodes,
    Claims,
    ClientAccess,
    Clients,
    CustomClaims,
    DeviceCodes,
    GrantLimits,
    Grants,
    Guess,
    Interactions,
    Journal,
    KeySets,
    LogoutNotices,
    Options,
    Organizations,
    PersonalAccessTokens,
    Ports,
    PushedRequests,
    RefreshTokens,
    Resources,
    Sessions,
    SigningKey,
    SigningKeys,
    SubjectTokens,
    UsedProofs,
    UserCodeGuesses,
)
from sekisho.oidc.provider import Provider

ISSUER = "https://id.example/oidc"
START = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
ALICE = UserId("alice0000000")
API = "https://orders.example.com"
REDIRECT_URI = "https://app.example.com/callback"
_CODE = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    kid: str
    algorithm: str
    key: SigningKeyObject
    jwk: Mapping[str, str]

    @property
    def sign(self) -> Sign:
        return signer_of(self.key)


@cache
def signing_key(algorithm: SigningAlgorithm = SigningAlgorithm.ES384) -> Key:
    key = generate_key(algorithm)
    return Key(kid=key_id_of(key), algorithm=algorithm_of(key), key=key, jwk=public_jwk(key))


def spa(**more: Any) -> Client:
    return replace(
        Client(
            id="spa",
            kind=ApplicationKind.WEB,
            auth_method=ClientAuthMethod.NONE,
            grant_types=_CODE,
            response_types=frozenset({"code"}),
            redirect_uris=(REDIRECT_URI,),
            post_logout_redirect_uris=("https://app.example.com/",),
        ),
        **more,
    )


def native(**more: Any) -> Client:
    return spa(**{"id": "native", "kind": ApplicationKind.NATIVE, **more})


def web(**more: Any) -> Client:
    secrets = (ClientSecret(name="Default secret", value=Secret("s3cret")),)
    return spa(**{"id": "web", "auth_method": ClientAuthMethod.SECRET_BASIC, "secrets": secrets, **more})


def machine(**more: Any) -> Client:
    grants = frozenset({GrantType.CLIENT_CREDENTIALS})
    return web(**{"id": "m2m", "grant_types": grants, "response_types": frozenset(), "redirect_uris": (), **more})


@dataclass(frozen=True, kw_only=True)
class MemoryPorts:
    """Ports that are there from the start."""

    issuer: str
    base_url: str
    clock: Clock
    ids: Ids
    options: Options
    clients: Clients
    key_sets: KeySets
    used_proofs: UsedProofs
    accounts: Accounts
    resources: Resources
    organizations: Organizations
    client_access: ClientAccess
    claims: Claims
    custom_claims: CustomClaims
    keys: SigningKeys
    sessions: Sessions
    logout_notices: LogoutNotices
    interactions: Interactions
    grants: Grants
    journal: Journal
    grant_limits: GrantLimits
    codes: AuthorizationCodes
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    subject_tokens: SubjectTokens
    personal_access_tokens: PersonalAccessTokens
    device_codes: DeviceCodes
    user_code_guesses: UserCodeGuesses
    pushed_requests: PushedRequests

    def url(self, path: str) -> str:
        return f"{self.base_url}/oidc{path}"

    async def settle(self) -> None:
        """It is settled already."""


@dataclass(kw_only=True)
class MemoryOrganization:
    """An organization and everything around it: scopes by member, API scopes by (member, indicator)."""

    organization: Organization
    members: set[str] = field(default_factory=set)
    #: (client, account): third parties that a member let in.
    let_in: set[tuple[str, str]] = field(default_factory=set)
    requires_mfa: bool = False
    scopes: dict[str, Sequence[str]] = field(default_factory=dict)
    resource_scopes: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)


@dataclass(kw_only=True)
class World:
    """All state, and at the same time all ports. `revoked` are grants revoked although the request was refused."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    options: ProviderOptions = field(default_factory=ProviderOptions)
    all_clients: dict[str, Client] = field(
        default_factory=lambda: {client.id: client for client in (spa(), native(), web(), machine())}
    )
    #: Key sets of clients by address, and which were asked for.
    published: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    fetched: list[tuple[str, bool]] = field(default_factory=list)
    used_proofs: set[str] = field(default_factory=set)
    accounts: dict[str, Account] = field(default_factory=lambda: {ALICE: Account(id=ALICE)})
    first_clients: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=lambda: {"name": None, "username": "alice", "roles": ["Clerk"]})
    #: What the tenant's script answers, and the drafts it was shown.
    custom: Mapping[str, Any] = field(default_factory=dict)
    drafts: list[TokenDraft] = field(default_factory=list)
    extended: frozenset[str] = frozenset({"roles"})
    apis: dict[str, ResourceServer] = field(default_factory=lambda: {API: ResourceServer(indicator=API)})
    default_api: ResourceServer | None = None
    held: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    #: Organizations by id; the organization scopes of the tenant; accounts with a second factor.
    all_organizations: dict[str, MemoryOrganization] = field(default_factory=dict)
    organization_scopes: list[str] = field(default_factory=list)
    with_mfa: set[str] = field(default_factory=set)
    #: (client, account): whom the client's rules keep out.
    kept_out: set[tuple[str, str]] = field(default_factory=set)
    keys: list[SigningKey] = field(default_factory=lambda: [signing_key()])
    by_cookie: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    extensions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    subject_tokens: dict[str, SubjectToken] = field(default_factory=dict)
    #: Whose personal access tokens these are.
    personal_access_tokens: dict[str, UserId] = field(default_factory=dict)
    #: Device codes by id; the ids by device code and by user code.
    device_codes: dict[str, DeviceCode] = field(default_factory=dict)
    by_device_code: dict[str, str] = field(default_factory=dict)
    by_user_code: dict[str, str] = field(default_factory=dict)
    #: How many wrong guesses an address may make, and has made.
    guesses_allowed: int = 20
    wrong_guesses: dict[str, int] = field(default_factory=dict)
    #: Pushed requests by id; the ids by value.
    pushed_requests: dict[str, PushedRequest] = field(default_factory=dict)
    by_pushed_value: dict[str, str] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    logout_notices: list[LogoutNotice] = field(default_factory=list)
    #: Limits to be enforced after the request: account, client, number of grants.
    limits: list[tuple[str, str, int]] = field(default_factory=list)
    #: The unit of work that was begun last has written something.
    is_writing: bool = False

    @property
    def ports(self) -> Ports:
        """A new unit of work."""
        self.is_writing = False
        return MemoryPorts(
            issuer=ISSUER,
            base_url="https://id.example",
            clock=self.clock,
            ids=RandomIds(),
            options=_Options(self),
            clients=_Clients(self),
            key_sets=_KeySets(self),
            used_proofs=_UsedProofs(self),
            accounts=_Accounts(self),
            resources=_Resources(self),
            organizations=_Organizations(self),
            client_access=_ClientAccess(self),
            claims=_Claims(self),
            custom_claims=_CustomClaims(self),
            keys=_Keys(self),
            sessions=_Sessions(self),
            logout_notices=_LogoutNotices(self),
            interactions=_Interactions(self),
            grants=_Grants(self),
            journal=_Journal(),
            grant_limits=_GrantLimits(self),
            codes=_Codes(self),
            access_tokens=_AccessTokens(self),
            refresh_tokens=_RefreshTokens(self),
            subject_tokens=_SubjectTokens(self),
            personal_access_tokens=_PersonalAccessTokens(self),
            device_codes=_DeviceCodes(self),
            user_code_guesses=_UserCodeGuesses(self),
            pushed_requests=_PushedRequests(self),
        )

    @property
    def provider(self) -> Provider:
        return Provider(self.ports)

    def signed_in(self, *, session_id: str = "cookie", uid: str = "session", **more: Any) -> Session:
        """Put a session with Alice in it."""
        now = self.clock.now()
        session = Session(
            uid=uid, created_at=now, expires_at=now + timedelta(days=14), account_id=ALICE, login_at=now, **more
        )
        self.sessions[uid], self.by_cookie[session_id] = session, uid
        return session

    def granted(self, *, client_id: str = "spa", id_: str = "grant", **more: Any) -> Grant:
        now = self.clock.now()
        values = {"scopes": ["openid", "offline_access", "profile", "roles"], **more}
        grant = Grant(
            id=id_,
            account_id=ALICE,
            client_id=client_id,
            created_at=now,
            expires_at=now + timedelta(days=180),
            **values,
        )
        self.grants[id_] = grant
        return grant

    def authorization(self, **more: Any) -> Authorization:
        grant = more.pop("grant", None) or self.granted()
        return Authorization(**{"grant": grant, "scopes": ["openid", "offline_access", "profile"], **more})

    def code(self, value: str = "code", *, authorization: Authorization | None = None, **more: Any) -> str:
        now = self.clock.now()
        values = {"redirect_uri": REDIRECT_URI, "created_at": now, "expires_at": now + timedelta(seconds=60), **more}
        self.codes[value] = AuthorizationCode(authorization=authorization or self.authorization(), **values)
        return value

    def refresh_token(self, value: str = "rt", *, authorization: Authorization | None = None, **more: Any) -> str:
        now = self.clock.now()
        values = {
            "created_at": now,
            "expires_at": now + timedelta(days=14),
            "grant_history": "authorization_code",
            "chain_started_at": now,
            **more,
        }
        self.refresh_tokens[value] = RefreshToken(authorization=authorization or self.authorization(), **values)
        return value

    def access_token(self, value: str = "at", *, authorization: Authorization | None = None, **more: Any) -> str:
        now = self.clock.now()
        values = {
            "created_at": now,
            "expires_at": now + timedelta(seconds=3600),
            "grant_history": "authorization_code",
            **more,
        }
        self.access_tokens[value] = AccessToken(authorization=authorization or self.authorization(), **values)
        return value

    def subject_token(self, value: str = "sub_alice", *, account_id: UserId = ALICE, **more: Any) -> str:
        values = {"expires_at": self.clock.now() + timedelta(seconds=600), **more}
        self.subject_tokens[value] = SubjectToken(account_id=account_id, **values)
        return value

    def organization(self, id_: str = "org", *, members: Sequence[str] = (ALICE,), **more: Any) -> MemoryOrganization:
        """Put an organization there, with Alice in it."""
        made = MemoryOrganization(organization=Organization(id=id_, name=id_.title()), members=set(members), **more)
        self.all_organizations[id_] = made
        return made

    def drop_grant(self, grant_id: str) -> None:
        self.grants.pop(grant_id, None)
        self.drop_tokens(grant_id)

    def drop_tokens(self, grant_id: str) -> None:
        for table in (self.codes, self.access_tokens, self.refresh_tokens):
            for value in [name for name, each in table.items() if each.authorization.grant.id == grant_id]:
                del table[value]
        for id_, code in list(self.device_codes.items()):
            if code.authorization is not None and code.authorization.grant.id == grant_id:
                del self.device_codes[id_]


@dataclass(frozen=True, slots=True)
class _Of:
    world: World


class _Options(_Of):
    async def get(self) -> ProviderOptions:
        return self.world.options


class _Clients(_Of):
    async def find(self, client_id: str) -> Client | None:
        return self.world.all_clients.get(client_id)


class _KeySets(_Of):
    async def fetch(self, uri: str, *, lacks_key: bool = False) -> Sequence[PublicKey]:
        self.world.fetched.append((uri, lacks_key))
        return read_key_set({"keys": self.world.published.get(uri, [])})


class _UsedProofs(_Of):
    async def use(self, proof: str, *, until: datetime) -> bool:
        assert until > self.world.clock.now()
        if proof in self.world.used_proofs:
            return False
        self.world.used_proofs.add(proof)
        return True


class _Accounts(_Of):
    async def find(self, account_id: UserId) -> Account | None:
        return self.world.accounts.get(account_id)

    async def remember_first_client(self, account_id: UserId, *, client_id: str) -> None:
        self.world.first_clients.setdefault(account_id, client_id)


class _Resources(_Of):
    async def find(self, indicator: str) -> ResourceServer | None:
        return self.world.apis.get(indicator)

    async def default(self) -> ResourceServer | None:
        return self.world.default_api

    async def scopes_of_account(self, *, account_id: UserId, indicator: str) -> Sequence[str]:
        return self.world.held.get((account_id, indicator), ())

    async def scopes_of_client(self, *, client_id: str, indicator: str) -> Sequence[str]:
        return self.world.held.get((client_id, indicator), ())


class _Organizations(_Of):
    def _find(self, organization_id: str, *, member: str) -> MemoryOrganization | None:
        found = self.world.all_organizations.get(organization_id)
        return found if found is not None and member in found.members else None

    async def of_account(self, account_id: UserId) -> Sequence[Organization]:
        return [each.organization for each in self.world.all_organizations.values() if account_id in each.members]

    async def has_member(self, organization_id: str, *, account_id: UserId) -> bool:
        return self._find(organization_id, member=account_id) is not None

    async def has_client(self, organization_id: str, *, client_id: str) -> bool:
        return self._find(organization_id, member=client_id) is not None

    async def lets_client_in(self, organization_id: str, *, client_id: str, account_id: UserId) -> bool:
        return (client_id, account_id) in self.world.all_organizations[organization_id].let_in

    async def let_client_in(self, organization_ids: Sequence[str], *, client_id: str, account_id: UserId) -> None:
        for organization_id in organization_ids:
            self.world.all_organizations[organization_id].let_in.add((client_id, account_id))

    async def lacks_mfa(self, organization_id: str, *, account_id: UserId) -> bool:
        return self.world.all_organizations[organization_id].requires_mfa and account_id not in self.world.with_mfa

    async def scopes(self) -> Sequence[str]:
        return self.world.organization_scopes

    async def scopes_of_account(self, organization_id: str, *, account_id: UserId) -> Sequence[str]:
        found = self._find(organization_id, member=account_id)
        return () if found is None else found.scopes.get(account_id, ())

    async def scopes_of_client(self, organization_id: str, *, client_id: str) -> Sequence[str]:
        found = self._find(organization_id, member=client_id)
        return () if found is None else found.scopes.get(client_id, ())

    async def resource_scopes_of_account(
        self, organization_id: str | None, *, account_id: UserId, indicator: str
    ) -> Sequence[str]:
        all_ids = self.world.all_organizations if organization_id is None else [organization_id]
        return [
            scope
            for each in all_ids
            if (found := self._find(each, member=account_id)) is not None
            for scope in found.resource_scopes.get((account_id, indicator), ())
        ]

    async def resource_scopes_of_client(self, organization_id: str, *, client_id: str, indicator: str) -> Sequence[str]:
        found = self._find(organization_id, member=client_id)
        return () if found is None else found.resource_scopes.get((client_id, indicator), ())


class _ClientAccess(_Of):
    async def admits(self, account_id: UserId, *, client_id: str) -> bool:
        return (client_id, account_id) not in self.world.kept_out


class _Claims(_Of):
    async def of_account(self, account_id: UserId, *, names: Sequence[str]) -> Mapping[str, Any]:
        assert account_id in self.world.accounts
        return {name: self.world.claims[name] for name in names if name in self.world.claims}

    async def extended_id_token_claims(self) -> frozenset[str]:
        return self.world.extended


class _CustomClaims(_Of):
    async def of(self, draft: TokenDraft) -> Mapping[str, Any]:
        # As over a database: a script that takes its time must not hold a transaction open.
        assert not self.world.is_writing, "the script is asked before anything is written"
        self.world.drafts.append(draft)
        return self.world.custom


class _Keys(_Of):
    async def current(self) -> SigningKey:
        return self.world.keys[0]

    async def published(self) -> Sequence[SigningKey]:
        return self.world.keys


class _Sessions(_Of):
    async def find(self, session_id: str) -> Session | None:
        return self.world.sessions.get(self.world.by_cookie.get(session_id, ""))

    async def find_by_uid(self, uid: str) -> Session | None:
        return self.world.sessions.get(uid)

    async def lifetime(self) -> timedelta:
        return timedelta(days=14)

    async def add(self, session: Session, *, session_id: str) -> None:
        self.world.sessions[session.uid] = session
        self.world.by_cookie[session_id] = session.uid

    async def save(self, session: Session, *, session_id: str | None = None) -> None:
        if session.uid not in self.world.sessions:
            raise Outdated
        kept = self.world.sessions[session.uid].authorizations
        self.world.sessions[session.uid] = replace(session, authorizations=kept)
        if session_id is not None:
            for cookie in [name for name, uid in self.world.by_cookie.items() if uid == session.uid]:
                del self.world.by_cookie[cookie]
            self.world.by_cookie[session_id] = session.uid

    async def authorize(self, uid: str, *, client_id: str, authorization: ClientAuthorization) -> None:
        session = self.world.sessions[uid]
        entries = {**session.authorizations, client_id: authorization}
        self.world.sessions[uid] = replace(session, authorizations=entries)

    async def forget_client(self, uid: str, *, client_id: str) -> None:
        session = self.world.sessions[uid]
        entries = {name: each for name, each in session.authorizations.items() if name != client_id}
        self.world.sessions[uid] = replace(session, authorizations=entries)

    async def take(self, uid: str) -> Session | None:
        return self.world.sessions.pop(uid, None)

    async def extend(self, uid: str, *, account_id: UserId, client_id: str, last_submission: Mapping[str, Any]) -> None:
        self.world.extensions[uid] = {"account": account_id, "client": client_id, **last_submission}


class _LogoutNotices(_Of):
    async def add(self, notice: LogoutNotice) -> None:
        self.world.logout_notices.append(notice)


class _Interactions(_Of):
    async def find_with_session(self, uid: str, *, session_id: str | None) -> tuple[Interaction | None, Session | None]:
        session = self.world.sessions.get(self.world.by_cookie.get(session_id or "", ""))
        return self.world.interactions.get(uid), session

    async def add(self, interaction: Interaction) -> None:
        self.world.interactions[interaction.uid] = interaction

    async def replace_result(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        interaction = self.world.interactions.get(uid)
        if interaction is None or interaction.result != before:
            raise Outdated
        self.world.interactions[uid] = replace(interaction, result=after)

    async def detach_session(self, uid: str) -> None:
        self.world.interactions[uid] = replace(self.world.interactions[uid], session=None)

    async def consume(self, uid: str) -> None:
        if self.world.interactions.pop(uid, None) is None:
            raise Outdated


class _Grants(_Of):
    async def find(self, grant_id: str) -> Grant | None:
        return self.world.grants.get(grant_id)

    async def add(self, grant: Grant) -> None:
        self.world.grants[grant.id] = grant

    async def save(self, grant: Grant) -> None:
        self.world.grants[grant.id] = grant

    async def hold(self, grant_id: str) -> None:
        self.world.is_writing = True
        if grant_id not in self.world.grants:
            raise Outdated

    async def revoke(self, grant_id: str) -> None:
        self.world.drop_grant(grant_id)

    async def revoke_tokens(self, grant_id: str) -> None:
        self.world.drop_tokens(grant_id)

    def revoke_despite_refusal(self, grant_id: str) -> None:
        self.world.revoked.append(grant_id)
        self.world.drop_grant(grant_id)


class _Journal:
    def client_proved(self, client_id: str, *, secret_name: str | None) -> None: ...

    def token_issued(self, *, account_id: UserId | None, session_uid: str | None) -> None: ...

    def interaction_created(self, interaction: Interaction, *, session_uid: str) -> None: ...

    def interaction_ended(self, interaction: Interaction) -> None: ...


class _GrantLimits(_Of):
    async def enforce_later(self, *, account_id: UserId, client_id: str, limit: int) -> None:
        self.world.limits.append((account_id, client_id, limit))


class _Codes(_Of):
    async def find(self, value: str) -> AuthorizationCode | None:
        return self.world.codes.get(value)

    async def add(self, value: str, code: AuthorizationCode) -> None:
        self.world.codes[value] = code

    async def consume(self, value: str, *, at: datetime) -> None:  # noqa: ARG002 — the port's signature
        self.world.is_writing = True
        code = self.world.codes.get(value)
        if code is None or code.is_consumed:
            raise Outdated
        self.world.codes[value] = replace(code, is_consumed=True)


class _AccessTokens(_Of):
    async def find(self, value: str) -> AccessToken | None:
        return self.world.access_tokens.get(value)

    async def add(self, value: str, token: AccessToken) -> None:
        self.world.is_writing = True
        self.world.access_tokens[value] = token


class _RefreshTokens(_Of):
    async def find(self, value: str) -> RefreshToken | None:
        return self.world.refresh_tokens.get(value)

    async def add(self, value: str, token: RefreshToken) -> None:
        self.world.is_writing = True
        self.world.refresh_tokens[value] = token

    async def consume(self, value: str, *, at: datetime, unless_consumed_before: datetime) -> None:
        self.world.is_writing = True
        token = self.world.refresh_tokens.get(value)
        if token is None or (token.consumed_at is not None and token.consumed_at < unless_consumed_before):
            raise Outdated
        self.world.refresh_tokens[value] = replace(token, consumed_at=token.consumed_at or at)

    async def hold(self, value: str) -> None:
        self.world.is_writing = True
        if value not in self.world.refresh_tokens:
            raise Outdated


class _DeviceCodes(_Of):
    async def add(self, code: DeviceCode, *, device_code: str, user_code: str) -> bool:
        if user_code in self.world.by_user_code:
            return False
        self.world.device_codes[code.id] = code
        self.world.by_device_code[device_code] = self.world.by_user_code[user_code] = code.id
        return True

    async def find(self, device_code: str) -> DeviceCode | None:
        return self.world.device_codes.get(self.world.by_device_code.get(device_code, ""))

    async def find_by_user_code(self, user_code: str) -> DeviceCode | None:
        return self.world.device_codes.get(self.world.by_user_code.get(user_code, ""))

    async def find_by_id(self, code_id: str) -> DeviceCode | None:
        return self.world.device_codes.get(code_id)

    async def claim(self, code_id: str, *, at: datetime) -> bool:  # noqa: ARG002 — the port's signature
        return not self.world.device_codes[code_id].is_claimed and self._decide(code_id, is_claimed=True)

    async def approve(self, code_id: str, authorization: Authorization) -> bool:
        return self._decide(code_id, authorization=authorization)

    async def deny(self, code_id: str, *, error: str, description: str | None) -> bool:
        return self._decide(code_id, error=error, error_description=description)

    async def consume(self, code_id: str, *, at: datetime) -> None:  # noqa: ARG002 — the port's signature
        self.world.is_writing = True
        code = self.world.device_codes.get(code_id)
        if code is None or code.is_consumed:
            raise Outdated
        self.world.device_codes[code_id] = replace(code, is_consumed=True)

    def _decide(self, code_id: str, **change: Any) -> bool:
        code = self.world.device_codes[code_id]
        if code.error is not None or code.authorization is not None:
            return False
        self.world.device_codes[code_id] = replace(code, **change)
        return True


@dataclass(frozen=True, slots=True)
class _Guess:
    world: World
    address: str

    async def was_right(self) -> None:
        self.world.wrong_guesses[self.address] -= 1

    async def was_wrong(self) -> None:
        """It was counted when it was admitted."""


class _UserCodeGuesses(_Of):
    async def admit(self, address: str) -> Guess | None:
        count = self.world.wrong_guesses.get(address, 0)
        if count >= self.world.guesses_allowed:
            return None
        self.world.wrong_guesses[address] = count + 1
        return _Guess(self.world, address)


class _PushedRequests(_Of):
    async def add(self, request: PushedRequest, *, value: str) -> None:
        self.world.pushed_requests[request.id] = request
        self.world.by_pushed_value[value] = request.id

    async def find(self, value: str) -> PushedRequest | None:
        return self.world.pushed_requests.get(self.world.by_pushed_value.get(value, ""))

    async def consume(self, request_id: str, *, at: datetime) -> bool:  # noqa: ARG002 — the port's signature
        request = self.world.pushed_requests.get(request_id)
        if request is None or request.is_consumed:
            return False
        self.world.pushed_requests[request_id] = replace(request, is_consumed=True)
        return True


class _SubjectTokens(_Of):
    async def find(self, value: str) -> SubjectToken | None:
        return self.world.subject_tokens.get(value)

    async def consume(self, value: str, *, at: datetime) -> bool:  # noqa: ARG002 — the port's signature
        self.world.is_writing = True
        token = self.world.subject_tokens.get(value)
        if token is None or token.is_consumed:
            return False
        self.world.subject_tokens[value] = replace(token, is_consumed=True)
        return True


class _PersonalAccessTokens(_Of):
    async def holder_of(self, value: str) -> UserId | None:
        return self.world.personal_access_tokens.get(value)
