"""Proving an account at a social provider, and which user it is (experience.md §15, connectors.md §4.9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sekisho.connectors.errors import ConnectorNotFound, ConnectorRefused
from sekisho.connectors.models import Connector, ConnectorId
from sekisho.connectors.use import Social
from sekisho.experience.connector_session import InteractionMemory
from sekisho.experience.desk import Desk
from sekisho.experience.errors import InvalidConnectorId, SocialIdentityUnknown
from sekisho.experience.state import ExperienceState, SocialIdentity, StagedProfile
from sekisho.kernel.ids import UserId
from sekisho.secrets.models import Origin
from sekisho.users.models import Identifier, IdentifierType, User
from sekisho.verification.errors import VerificationFailed, VerificationNotFound
from sekisho.verification.social import SocialAccount, SocialVerification

_LONGEST_NAME = 128
_LONGEST_EMAIL = 128
_LONGEST_URL = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whom a proof means, what it brings along for him, and the address or number he was found by, if by one."""

    user: User
    brought: StagedProfile = field(default_factory=StagedProfile)
    reached_at: Identifier | None = None


async def send_to_provider(
    desk: Desk,
    state: ExperienceState,
    *,
    connector_id: str,
    way_back: tuple[str, str],
    memory: InteractionMemory,
) -> tuple[ExperienceState, SocialVerification, str]:
    """Return where to send the browser; `way_back` is the state and the address to come back with."""
    social = await desk.connectors.social(ConnectorId(connector_id))
    await desk.uow.release()
    came_with, redirect_uri = way_back
    address = await social.authorization_uri(
        state=came_with,
        redirect_uri=redirect_uri,
        session=memory,
        jti=memory.interaction.uid,
        user_agent=desk.caller.user_agent or None,
    )
    record = SocialVerification(id=desk.ids.standard(), connector_id=connector_id)
    return state.with_record(record), record, address


async def verify_social(
    desk: Desk,
    state: ExperienceState,
    *,
    record: SocialVerification,
    callback: Mapping[str, Any],
    memory: InteractionMemory,
) -> ExperienceState:
    """Ask the provider who came back."""
    social = await _social(desk, record)
    await desk.uow.release()
    result = await social.user(callback, session=memory)
    tokens = None if result.token is None else desk.secrets.token_set(result.token)
    proven = replace(
        record,
        account=SocialAccount.from_document(result.user.to_wire()),
        token_set=None if tokens is None else desk.secrets.pack(tokens, connector_id=social.connector.id),
    )
    # A provider has its own ways to keep robots out.
    return replace(state.with_record(proven), captcha=replace(state.captcha, is_skipped=True))


def record_for(state: ExperienceState, record_id: str | None, *, connector_id: str) -> SocialVerification:
    """Return the record of a way to a connector's provider; raises `VerificationNotFound`."""
    record = state.record_of(record_id or "", SocialVerification)
    # Attack: what one provider said, passed off as said by another.
    if record.connector_id != connector_id:
        raise VerificationNotFound
    return record


async def founded_by_social(desk: Desk, record: SocialVerification, *, staged: StagedProfile) -> StagedProfile:
    """Return what an account brings to a new user: an address and a number only if nobody has them (§4.1)."""
    connector, account = await _proven(desk, record)
    identity = SocialIdentity(target=connector.target, account=account)
    email = None if staged.primary_email else await _unused(desk, IdentifierType.EMAIL, account.email)
    phone = None if staged.primary_phone else await _unused(desk, IdentifierType.PHONE, account.phone)
    return replace(
        _seen(account),
        social_identity=identity,
        primary_email=email,
        primary_phone=phone,
        token_set=_for_vault(connector, record),
    )


async def added_by_social(desk: Desk, record: SocialVerification) -> StagedProfile:
    """Return what an account brings to a user who links it."""
    connector, account = await _proven(desk, record)
    identity = SocialIdentity(target=connector.target, account=account)
    return replace(_refreshed(connector, record), social_identity=identity)


async def keep_tokens(desk: Desk, user_id: UserId, staged: StagedProfile) -> None:
    """Put what a provider gave into the vault; the caller has locked the user's row."""
    if staged.token_set is None:
        return
    packed, of = staged.token_set["encryptedTokenSet"], staged.token_set["socialConnectorRelationPayload"]
    origin = Origin(connector_id=of["connectorId"], target=of["target"], identity_id=of["identityId"])
    connector = await desk.connectors.find(origin.connector_id)
    # What came through a connector goes with it, and with its leave to keep it.
    if connector is None or not connector.stores_tokens:
        return
    tokens = desk.secrets.unpack(packed, connector_id=origin.connector_id)
    await desk.secrets.keep(user_id, tokens, origin=origin)


async def user_of(desk: Desk, record: SocialVerification, *, is_linking: bool) -> Found:
    """Return the user an account means; raises `SocialIdentityUnknown`.

    When linking, the user is the one who has the account's number or address: the provider vouches for its owner.
    """
    connector, account = await _proven(desk, record)
    related = None
    if not is_linking:
        owner = await desk.identities.find_owner(connector.target, identity_id=account.id)
        if owner is not None:
            return Found(user=owner, brought=_refreshed(connector, record))
    for type_, value in ((IdentifierType.PHONE, account.phone), (IdentifierType.EMAIL, account.email)):
        if not value:
            continue
        identifier = Identifier(type=type_, value=value)
        user = await desk.users.find_by_identifier(identifier)
        if user is not None and is_linking:
            # Attack: who is shut out with an account at a provider comes in by it as whoever has its address.
            await desk.identities.ensure_available(connector.target, identity_id=account.id, except_user=user.id)
            return Found(user=user, brought=await added_by_social(desk, record), reached_at=identifier)
        if user is not None:
            related = identifier
            break
    raise SocialIdentityUnknown(related)


async def _proven(desk: Desk, record: SocialVerification) -> tuple[Connector, SocialAccount]:
    if record.account is None:
        raise VerificationFailed
    return (await _social(desk, record)).connector, record.account


async def _social(desk: Desk, record: SocialVerification) -> Social:
    try:
        return await desk.connectors.social(ConnectorId(record.connector_id))
    except (ConnectorNotFound, ConnectorRefused):
        # It was removed meanwhile.
        raise InvalidConnectorId from None


async def _unused(desk: Desk, type_: IdentifierType, value: str | None) -> str | None:
    if not value or len(value) > _LONGEST_EMAIL:
        return None
    # Attack: somebody else's number with a sign or a space in it, which is no number and therefore nobody's.
    if type_ is IdentifierType.PHONE and not (value.isascii() and value.isdigit()):
        return None
    taken = await desk.users.find_by_identifier(Identifier(type=type_, value=value))
    return value if taken is None else None


def _refreshed(connector: Connector, record: SocialVerification) -> StagedProfile:
    """Return what a known user takes over: name and picture only if the connector keeps profiles up to date."""
    seen = _seen(record.account) if connector.stored.sync_profile else StagedProfile()
    return replace(seen, token_set=_for_vault(connector, record))


def _for_vault(connector: Connector, record: SocialVerification) -> Mapping[str, Any] | None:
    """Return what a provider gave, with the identity it belongs to, as it waits for the user to be written."""
    if record.token_set is None or record.account is None:
        return None
    origin = {"connectorId": connector.id, "target": connector.target, "identityId": record.account.id}
    return {"encryptedTokenSet": record.token_set, "socialConnectorRelationPayload": origin}


def _seen(account: SocialAccount | None) -> StagedProfile:
    """Return name and picture, as far as they fit."""
    if account is None:
        return StagedProfile()
    avatar = account.avatar if account.avatar and len(account.avatar) <= _LONGEST_URL else None
    return StagedProfile(name=account.name[:_LONGEST_NAME] if account.name else None, avatar=avatar)
