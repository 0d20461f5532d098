"""What a flow leaves behind: an entry of the audit log for every step, and events for those who listen.

A step that was refused is noted at once. One that went well is noted when the flow is saved: before, it has not
happened (experience.md §2.3, §6.4, §6.5).
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from sekisho.applications.builtin import BUILT_IN
from sekisho.experience.events import FlowFinished, IdentifierLocked, UserChanged
from sekisho.experience.state import ExperienceState, InteractionEvent
from sekisho.kernel.errors import DomainError
from sekisho.kernel.events import EventName
from sekisho.kernel.ids import ApplicationId, UserId
from sekisho.oidc.models import Interaction
from sekisho.security.errors import TooManyAttempts
from sekisho.users.models import Identifier
from sekisho.users.public import public_members

if TYPE_CHECKING:
    from sekisho.experience.desk import Desk

_FINISHED: Mapping[InteractionEvent, EventName] = {
    InteractionEvent.SIGN_IN: EventName.POST_SIGN_IN,
    InteractionEvent.REGISTER: EventName.POST_REGISTER,
    InteractionEvent.FORGOT_PASSWORD: EventName.POST_RESET_PASSWORD,
}


class FlowJournal:
    """The journal of one flow in one request."""

    def __init__(self, *, desk: "Desk", interaction: Interaction) -> None:
        self._desk = desk
        self._interaction = interaction
        self._steps: list[tuple[str, dict[str, Any]]] = []
        self._events: list[tuple[EventName, UserId]] = []

    def step(self, event: InteractionEvent, what: str, **context: Any) -> AbstractContextManager[dict[str, Any]]:
        """Note a step; more of its context may be added while it is taken."""
        return self.note(f"{event}.{what}", **context)

    @contextmanager
    def note(self, what: str, **context: Any) -> Iterator[dict[str, Any]]:
        """Note a step that is the same whatever the flow is for."""
        key = f"Interaction.{what}"
        try:
            yield context
        except DomainError as error:
            self._desk.audit.record(
                key, error=_error(error), applicationId=self._interaction.client_id, **_without_absent(context)
            )
            raise
        self._steps.append((key, context))

    def also(self, event: InteractionEvent, what: str) -> None:
        """Note what came along with another step."""
        self._steps.append((f"Interaction.{event}.{what}", {}))

    def user_changed(self, name: EventName, user_id: UserId) -> None:
        """Have a change of a user told of once it is saved."""
        self._events.append((name, user_id))

    def finished(self, event: InteractionEvent, user_id: UserId) -> None:
        """Have the end of the flow told of once it is saved."""
        self._events.append((_FINISHED[event], user_id))

    async def save(self, state: ExperienceState) -> None:
        """Note the steps that led to what is being saved, in its transaction, and tell who listens."""
        audit = self._desk.audit
        for key, context in self._steps:
            audit.add(
                audit.entry(
                    key,
                    userId=state.user_id,
                    applicationId=self._interaction.client_id,
                    **_without_absent(context),
                    interaction=state.public(),
                )
            )
        for name, user_id in self._events:
            if await self._desk.webhooks.is_heard(name):
                await self._tell(name, user_id, state)

    def saved(self) -> None:
        """Begin anew: what was noted is durable."""
        self._steps.clear()
        self._events.clear()

    def lost(self, error: DomainError) -> None:
        """Note that nothing of the steps was saved."""
        for key, context in self._steps:
            self._desk.audit.record(
                key, error=_error(error), applicationId=self._interaction.client_id, **_without_absent(context)
            )
        self._steps.clear()

    async def refused(self, identifier: Identifier, error: TooManyAttempts) -> None:
        """Tell of an identifier that this very attempt has locked, although the request is refused."""
        if error.is_new:
            event = IdentifierLocked(
                type=identifier.type.value, value=identifier.value, application=await self._application()
            )
            await self._desk.webhooks.announce_despite_refusal(event)

    async def _tell(self, name: EventName, user_id: UserId, state: ExperienceState) -> None:
        kind = FlowFinished if name in _FINISHED.values() else UserChanged
        user = await self._desk.users.get(user_id)
        await self._desk.webhooks.announce(
            kind(
                name=name,
                interaction_event=state.event.value,
                session_id=self._interaction.uid,
                user=public_members(user),
                application=await self._application(),
            )
        )

    async def _application(self) -> Mapping[str, Any] | None:
        application_id = ApplicationId(self._interaction.client_id)
        found = None if application_id in BUILT_IN else await self._desk.applications.find(application_id)
        if found is None:
            return None
        application = found.application
        return {
            "id": application.id,
            "type": application.type.value,
            "name": application.name,
            "description": application.description,
        }


def _error(error: DomainError) -> Mapping[str, Any]:
    """Return an error for the log; its message is whoever reads it to look up by its code."""
    members = {"code": error.code, "message": error.details or error.code, "data": error.data}
    return {name: value for name, value in members.items() if value is not None}


def _without_absent(context: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in context.items() if value is not None}
