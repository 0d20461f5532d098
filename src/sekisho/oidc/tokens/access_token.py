"""Access tokens: a JWT when an API is meant (RFC 9068), else an opaque value that only userinfo reads.

A token is drafted, then issued. Drafting asks for the tenant's custom claims, which may take seconds: a grant drafts
before its transaction writes anything, and issues after it has consumed what the token is given for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.custom_claims import TokenDraft, harmless
from sekisho.oidc.models import ACCESS_TOKEN_LIFETIME, AccessToken, Authorization, ResourceServer, Scopes
from sekisho.oidc.ports import Ports, SigningKey
from sekisho.oidc.tokens import jwt

#: RFC 9068 §2.1: what tells an access token from every other JWT that the same key signs.
_TYPE = "at+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a JWT access token is about. `scope` None leaves the claim out; an empty one stays (oidc.md §13.1)."""

    id: str
    client_id: str
    scope: str | None
    #: What the person allowed; None when an application asks for itself.
    authorization: Authorization | None = None
    grant_history: str = ""
    #: The organization the request asked for; the claim is the grant's to put into `extra`.
    organization_id: str | None = None
    subject_token_context: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    #: The key that an application's own token is bound to; a person's is bound to its authorization's.
    own_key: str | None = None

    @property
    def proof_key(self) -> str | None:
        return self.own_key if self.authorization is None else self.authorization.proof_key


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    value: str
    lifetime: timedelta
    scope: str | None
    #: Whoever presents it must prove to hold a key (RFC 9449).
    is_bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedJwt:
    """An access token for one API that only lacks its times and its signature."""

    subject: Subject
    resource: ResourceServer
    jti: str
    custom: Mapping[str, Any]

    async def issue(self, ports: Ports) -> IssuedToken:
        """Sign the token; it is kept nowhere."""
        subject, lifetime = self.subject, self.resource.access_token_lifetime
        issued_at = epoch_seconds(ports.clock.now())
        claims: dict[str, Any] = {
            "jti": self.jti,
            "sub": subject.id,
            "iat": issued_at,
            "exp": issued_at + int(lifetime.total_seconds()),
            "scope": subject.scope,
            "client_id": subject.client_id,
            "iss": ports.issuer,
            "aud": self.resource.indicator,
        }
        if subject.scope is None:
            del claims["scope"]
        if subject.extra or self.custom:
            # What is added never replaces what the protocol says: a script must not choose the audience.
            claims = {**subject.extra, **self.custom, **claims}
        if subject.proof_key is not None:
            # RFC 9449 §6.1; after the rest, for the same reason.
            claims["cnf"] = {"jkt": subject.proof_key}
        value = jwt.sign(claims, key=await ports.keys.current(), typ=_TYPE)
        _note(ports, subject.authorization)
        is_bound = subject.proof_key is not None
        return IssuedToken(value=value, lifetime=lifetime, scope=subject.scope, is_bound=is_bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedOpaque:
    """An access token without audience that is not yet kept."""

    value: str
    authorization: Authorization
    grant_history: str
    extra: Mapping[str, Any]

    async def issue(self, ports: Ports) -> IssuedToken:
        """Keep the token by its digest."""
        now = ports.clock.now()
        token = AccessToken(
            authorization=self.authorization,
            created_at=now,
            expires_at=now + ACCESS_TOKEN_LIFETIME,
            grant_history=self.grant_history,
            extra=self.extra,
        )
        await ports.access_tokens.add(self.value, token)
        _note(ports, self.authorization)
        scope = " ".join(self.authorization.scopes)
        is_bound = self.authorization.proof_key is not None
        return IssuedToken(value=self.value, lifetime=ACCESS_TOKEN_LIFETIME, scope=scope, is_bound=is_bound)


DraftedToken = DraftedJwt | DraftedOpaque


def _note(ports: Ports, authorization: Authorization | None) -> None:
    """Have an issued token counted."""
    if authorization is None:
        ports.journal.token_issued(account_id=None, session_uid=None)
    else:
        ports.journal.token_issued(account_id=authorization.grant.account_id, session_uid=authorization.session_uid)


async def draft_for_resource(ports: Ports, subject: Subject, resource: ResourceServer) -> DraftedJwt:
    """Draft an access token for one API. Call it before anything is written."""
    draft = TokenDraft(
        jti=ports.ids.jti(),
        client_id=subject.client_id,
        audience=resource.indicator,
        scope=subject.scope,
        authorization=subject.authorization,
        grant_history=subject.grant_history,
        organization_id=subject.organization_id,
        subject_token_context=subject.subject_token_context,
        extra=subject.extra,
    )
    custom = harmless(await ports.custom_claims.of(draft))
    return DraftedJwt(subject=subject, resource=resource, jti=draft.jti, custom=custom)


async def draft_opaque(
    ports: Ports,
    authorization: Authorization,
    *,
    scopes: Scopes,
    grant_history: str,
    subject_token_context: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> DraftedOpaque:
    """Draft an access token without audience. Call it before anything is written."""
    narrowed = replace(authorization, scopes=scopes, resources=())
    draft = TokenDraft(
        # Attack: a script that writes the id down or sends it away gives away no token, so it is not the value.
        jti=ports.ids.jti(),
        client_id=authorization.grant.client_id,
        audience=None,
        scope=" ".join(scopes),
        authorization=narrowed,
        grant_history=grant_history,
        subject_token_context=subject_token_context,
        extra=extra or {},
    )
    custom = harmless(await ports.custom_claims.of(draft))
    return DraftedOpaque(
        value=ports.ids.token(),
        authorization=narrowed,
        grant_history=grant_history,
        extra={**draft.extra, **custom},
    )


async def issue_for_resource(ports: Ports, subject: Subject, resource: ResourceServer) -> IssuedToken:
    """Draft and sign an access token for one API, for a grant that writes nothing."""
    return await (await draft_for_resource(ports, subject, resource)).issue(ports)


async def issue_opaque(
    ports: Ports,
    authorization: Authorization,
    *,
    scopes: Scopes,
    grant_history: str,
    subject_token_context: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> IssuedToken:
    """Draft and keep an access token without audience, for a grant that has written nothing before."""
    drafted = await draft_opaque(
        ports,
        authorization,
        scopes=scopes,
        grant_history=grant_history,
        subject_token_context=subject_token_context,
        extra=extra,
    )
    return await drafted.issue(ports)


def verify_access_token(token: str, *, keys: Sequence[SigningKey], issuer: str, now: datetime) -> Mapping[str, Any]:
    """Return the claims of a JWT access token of ours that has not expired. Raises `UnverifiableToken`."""
    claims = jwt.verify(token, keys=keys)
    # RFC 9068 §4. Attack: an ID token or a logout token, signed with the same key, shown in place of an access token.
    if jwt.type_of(token) != _TYPE:
        raise jwt.UnverifiableToken("not an access token")
    if claims.get("iss") != issuer:
        raise jwt.UnverifiableToken("not issued by us")
    expires_at = claims.get("exp")
    if not isinstance(expires_at, int) or expires_at <= epoch_seconds(now):
        raise jwt.UnverifiableToken("expired")
    if not isinstance(claims.get("sub"), str) or not isinstance(claims.get("client_id"), str):
        raise jwt.UnverifiableToken("without subject or client")
    return claims
