"""The handle of a flow: what the surfaces call, one method per thing a person can do.

A flow works on its state in memory; `save` writes it, if the interaction is still as it was read. Slow work therefore
never happens inside a transaction, and of two requests that identify at once one makes a user and the other is refused.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sekisho.experience.connector_session import InteractionMemory
from sekisho.experience.desk import Desk, identified_user
from sekisho.experience.dispatch import AskOperator, Resume, Screen, Show, Step, after_submit, opening
from sekisho.experience.errors import (
    CaptchaFailed,
    InteractionChanged,
    InteractionNotFound,
    MissingVerificationId,
    NotForForgotPassword,
)
from sekisho.experience.journal import FlowJournal
from sekisho.experience.notes import KEY, NO_NOTES, Notes
from sekisho.experience.policy import allows
from sekisho.experience.state import Captcha, ExperienceState, InteractionEvent, read_state
from sekisho.experience.steps import identify, profile, register, social, submit
from sekisho.experience.steps.codes import CodeProof, send_code, variables_of, verify_code
from sekisho.experience.steps.extra_profile import ExtraProfile
from sekisho.experience.steps.new_password_identity import choose_identity
from sekisho.experience.steps.one_time_token import TokenProof, use_one_time_token
from sekisho.experience.steps.password import PasswordProof, verify_password
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.errors import Forbidden, Outdated
from sekisho.kernel.events import EventName
from sekisho.kernel.secret import Secret
from sekisho.oidc.models import Interaction
from sekisho.security.errors import TooManyAttempts
from sekisho.users.models import Identifier, IdentifierType
from sekisho.users.public import public_members
from sekisho.verification.code import code_verification_type
from sekisho.verification.kinds import identifier_document

_LONGEST_USER_AGENT = 500


class Flow:
    """One person's way through one interaction. `first_admin_token` is what the browser brought, if anything."""

    def __init__(self, *, desk: Desk, interaction: Interaction, first_admin_token: str | None = None) -> None:
        self._desk = desk
        self._memory = InteractionMemory(interactions=desk.interactions, interaction=interaction)
        self._first_admin_token = first_admin_token
        self._state = read_state(interaction.result)
        self._outcome: Mapping[str, Any] | None = None
        self._proofs: list[PasswordProof | CodeProof | TokenProof] = []
        self._journal = FlowJournal(desk=desk, interaction=interaction)
        self.notes = Notes.of(interaction.result)

    @property
    def state(self) -> ExperienceState:
        """What is known so far; raises `InteractionNotFound` when the flow was not begun."""
        if self._state is None:
            raise InteractionNotFound
        return self._state

    @property
    def is_begun(self) -> bool:
        return self._state is not None

    @property
    def now(self) -> datetime:
        return self._desk.clock.now()

    async def opening(self, screen: Screen) -> Show | AskOperator:
        """Return the page to show to who asks for one to come in by."""
        return opening(
            screen,
            mode=(await self._desk.sign_in.get()).sign_in_mode,
            awaits_first_administrator=await register.awaits_first_administrator(self._desk),
            has_first_admin_token=self._first_admin_token is not None,
        )

    def begin(self, event: InteractionEvent) -> None:
        """Start over: no proof, no user, no profile."""
        with self._journal.step(event, "Create"):
            caller = self._desk.caller
            seen = {"ip": caller.ip, "userAgent": caller.user_agent[:_LONGEST_USER_AGENT]}
            self._state = ExperienceState(
                event=event, sign_in_context={name: value for name, value in seen.items() if value}
            )
            self.notes = NO_NOTES

    async def prove_human(self, captcha_token: str) -> None:
        """Take the word of the tenant's captcha provider; raises `CaptchaFailed`."""
        with self._journal.note("Create.Captcha"):
            provider = await self._desk.captcha.find()
            await self._desk.uow.release()
            if provider is None or not await self._desk.captcha.is_human(captcha_token, provider=provider):
                raise CaptchaFailed
            self._state = replace(self.state, captcha=Captcha(is_verified=True))

    async def switch(self, event: InteractionEvent) -> None:
        """Go on as another event, with what was proven: an unknown person who signs in becomes one who registers."""
        state = self.state
        with self._journal.step(state.event, "Update", payload={"interactionEvent": event.value}):
            mode = (await self._desk.sign_in.get()).sign_in_mode
            is_invited = event is InteractionEvent.REGISTER and state.has_one_time_token
            if not is_invited and not allows(mode, event):
                raise Forbidden
            if (event is InteractionEvent.FORGOT_PASSWORD) is not (state.event is InteractionEvent.FORGOT_PASSWORD):
                raise NotForForgotPassword
            if event is not state.event:
                self._state = replace(state, event=event, profile=state.profile.cleared())

    async def verify_password(self, *, identifier: Identifier, password: Secret) -> str:
        """Check a password; returns the id of the proof."""
        said = {"password": "", "identifier": {"type": identifier.type.value, "value": identifier.value}}
        with self._journal.step(self.state.event, "Verification.Password.Submit", payload=said):
            try:
                proof = await verify_password(self._desk, self.state, identifier=identifier, password=password)
            except TooManyAttempts as error:
                await self._journal.refused(identifier, error)
                raise
        self._state = proof.state
        self._proofs.append(proof)
        return proof.record.id

    async def send_code(self, *, identifier: Identifier, event: InteractionEvent, locale: str) -> str:
        """Send a code, in the reader's language; returns the id of what it will prove. Slow, as mail is."""
        said = {"identifier": identifier_document(identifier), "interactionEvent": event.value}
        kind = code_verification_type(identifier.type)
        with self._journal.step(self.state.event, f"Verification.{kind}.Create", payload=said):
            variables = await variables_of(self._desk, self._interaction, locale=locale, to=identifier.type)
            self._state, record = await send_code(
                self._desk, self.state, identifier=identifier, event=event, variables=variables
            )
        return record.id

    async def verify_code(self, *, identifier: Identifier, verification_id: str, code: str) -> None:
        """Check a code that came back; it is used up when the flow is saved."""
        said = {"identifier": identifier_document(identifier), "verificationId": verification_id, "code": ""}
        kind = code_verification_type(identifier.type)
        with self._journal.step(self.state.event, f"Verification.{kind}.Submit", payload=said):
            try:
                proof = await verify_code(
                    self._desk, self.state, identifier=identifier, record_id=verification_id, code=code
                )
            except TooManyAttempts as error:
                await self._journal.refused(identifier, error)
                raise
        self._state = proof.state
        self._proofs.append(proof)

    async def choose_identity(self, *, username: str, password: Secret) -> str:
        """Keep a name and a password for an account to be made; returns the id of the record."""
        said = {"password": "", "identifier": {"type": "username", "value": username}}
        with self._journal.step(self.state.event, "Verification.NewPasswordIdentity.Submit", payload=said):
            self._state, record = await choose_identity(self._desk, self.state, username=username, password=password)
        return record.id

    async def begin_social(self, connector_id: str, *, state: str, redirect_uri: str) -> tuple[str, str]:
        """Return the id of what coming back will prove, and where to send the browser."""
        said = {"connectorId": connector_id, "redirectUri": redirect_uri}
        with self._journal.step(self.state.event, "Verification.Social.Create", payload=said):
            self._state, record, address = await social.send_to_provider(
                self._desk,
                self.state,
                connector_id=connector_id,
                way_back=(state, redirect_uri),
                memory=self._memory,
            )
        return record.id, address

    async def verify_social(
        self, connector_id: str, *, verification_id: str | None, callback: Mapping[str, Any]
    ) -> str:
        """Ask a connector who came back; returns the id of the proof."""
        said = {"connectorId": connector_id, "verificationId": verification_id or ""}
        with self._journal.step(self.state.event, "Verification.Social.Submit", payload=said):
            record = social.record_for(self.state, verification_id, connector_id=connector_id)
            self._state = await social.verify_social(
                self._desk, self.state, record=record, callback=callback, memory=self._memory
            )
        return record.id

    async def leave_for_provider(self, connector_id: str, *, redirect_uri: str) -> str:
        """Send somebody to a provider from one of our pages; returns where to."""
        state = self._desk.ids.token()
        verification_id, address = await self.begin_social(connector_id, state=state, redirect_uri=redirect_uri)
        self._memory.expect(state, verification_id=verification_id)
        return address

    def expects(self, state: str) -> bool:
        """Tell whether one of our pages sent somebody to a provider with this state, who has not come back."""
        return self._memory.expects(state)

    async def come_back(self, connector_id: str, *, state: str, callback: Mapping[str, Any]) -> str:
        """Take in who comes back to one of our pages; returns the id of the proof."""
        verification_id = await self._memory.welcome(state)
        return await self.verify_social(connector_id, verification_id=verification_id, callback=callback)

    async def use_one_time_token(self, *, identifier: Identifier, token: Secret) -> str:
        """Use a token that came in a link; returns the id of the proof."""
        said = {"token": "", "identifier": {"type": identifier.type.value, "value": identifier.value}}
        with self._journal.step(self.state.event, "Verification.OneTimeToken.Submit", payload=said):
            try:
                proof = await use_one_time_token(self._desk, self.state, identifier=identifier, token=token)
            except TooManyAttempts as error:
                await self._journal.refused(identifier, error)
                raise
        self._state = proof.state
        self._proofs.append(proof)
        return proof.record.id

    async def identify(self, *, verification_id: str | None, links_social_identity: bool = False) -> bool:
        """Find the user, or when registering make him; tells whether one was made."""
        state = self.state
        said = {} if verification_id is None else {"verificationId": verification_id}
        with self._journal.step(state.event, "Identifier.Submit", payload=said) as context:
            if state.event is InteractionEvent.REGISTER:
                if verification_id is not None:
                    context["verification"] = state.record(verification_id).sanitized()
                    self._state = await register.stage_founding(self._desk, state, verification_id=verification_id)
                self._state = await register.register(self._desk, self.state, first_admin_token=self._first_admin_token)
                user = await identified_user(self._desk, self._state)
                context["user"] = public_members(user)
                self._journal.user_changed(EventName.USER_CREATED, user.id)
                return True
            if verification_id is None:
                raise MissingVerificationId
            self._state = await identify.identify(
                self._desk, state, verification_id=verification_id, links_social_identity=links_social_identity
            )
            context["verification"] = state.record(verification_id).sanitized()
            if self.state.profile != state.profile:
                self._journal.also(state.event, "Profile.Update")
            return False

    async def stage_username(self, username: str) -> None:
        with self._staging("username", value=username):
            self._state = await profile.stage_username(self._desk, self.state, username=username)

    async def stage_password(self, new: Secret) -> None:
        with self._staging("password"):
            self._state = await profile.stage_password(self._desk, self.state, password=new)

    async def stage_new_password(self, new: Secret) -> None:
        """Choose another password in a flow that resets it."""
        with self._staging("password"):
            self._state = await profile.stage_new_password(self._desk, self.state, password=new)

    async def stage_identifier(self, type_: IdentifierType, *, verification_id: str) -> None:
        """Add an address or a number that was proven here."""
        with self._staging(type_.value, verificationId=verification_id):
            self._state = await profile.stage_identifier(
                self._desk, self.state, type_=type_, verification_id=verification_id
            )

    async def stage_social_identity(self, verification_id: str) -> None:
        """Add an account at a provider that was proven here."""
        with self._staging("social", verificationId=verification_id):
            self._state = await profile.stage_social_identity(self._desk, self.state, verification_id=verification_id)

    async def check_may_upload_avatar(self) -> None:
        """Refuse a picture unless an account is to be made."""
        await profile.check_may_upload_avatar(self._desk, self.state)

    def stage_extra_profile(self, extra: ExtraProfile) -> None:
        with self._staging("extraProfile"):
            self._state = profile.stage_extra_profile(self.state, extra=extra)

    async def submit(self) -> Step:
        """Finish the flow, and say what follows."""
        state = self.state
        with self._journal.step(state.event, "Submit"):
            try:
                user = await submit.submit(self._desk, state)
            except Outdated as outdated:  # the user was removed meanwhile
                raise InteractionChanged from outdated
        if state.profile.changes_user:
            self._journal.user_changed(EventName.USER_DATA_UPDATED, user.id)
        self._journal.finished(state.event, user.id)
        step = after_submit(state.event, return_to=self._interaction.return_to)
        # A reset leaves nothing behind; else the provider reads who has signed in (experience.md §5.1, §5.2).
        is_signed_in = isinstance(step, Resume)
        written = state.write(self._interaction.result)
        login = {"accountId": user.id, "at": epoch_milliseconds(self._desk.clock.now())}
        self._outcome = {"login": login, **written} if is_signed_in else {}
        return step

    def save_afterwards(self) -> None:
        """Write the state although the request is refused: what a proof brought stays staged (experience.md §4.1)."""
        self._desk.interactions.replace_result_afterwards(
            self._interaction.uid, before=self._interaction.result, after=self._written()
        )

    async def save(self) -> None:
        """Make the state durable, with all that was written; raises `InteractionChanged` when somebody was faster."""
        before = self._interaction.result
        after = self._written() if self._outcome is None else self._outcome
        try:
            # Attack: two registrations raced in one interaction, so as to make two users with one set of proofs.
            await self._desk.interactions.replace_result(self._interaction.uid, before=before, after=after)
            while self._proofs:
                await self._proofs.pop().settle(self._desk)
            await self._journal.save(self.state)
            await self._desk.uow.commit()
        except Outdated as outdated:
            error = InteractionChanged()
            self._journal.lost(error)
            raise error from outdated
        self._journal.saved()
        self._memory = InteractionMemory(
            interactions=self._desk.interactions, interaction=replace(self._interaction, result=after)
        )

    def _written(self) -> dict[str, Any]:
        """Return the interaction's result with the state and the notes in it."""
        written = self.state.write({**self._interaction.result, **self._memory.written})
        notes = self.notes.to_document()
        return {**written, KEY: notes} if notes else {key: value for key, value in written.items() if key != KEY}

    @property
    def _interaction(self) -> Interaction:
        """The interaction as it is stored."""
        return self._memory.interaction

    def _staging(self, kind: str, **said: str) -> AbstractContextManager[Any]:
        """Note what is staged, but for passwords."""
        return self._journal.step(self.state.event, "Profile.Update", payload={"type": kind, **said})
