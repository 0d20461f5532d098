"""The page that asks a person what an application may do."""

from dataclasses import dataclass
from typing import ClassVar

from sekisho.hosted.pages.parts import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentScope:
    """A scope of an API resource."""

    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentResource:
    """An API resource and what the application asks to do with it."""

    name: str
    scopes: tuple[ConsentScope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentOrganization:
    """An organization to choose, and what the application asks to do there and nowhere else."""

    id: str
    name: str
    resources: tuple[ConsentResource, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each API: its name, and what is asked of it."""
        asked = ((each.name, *(scope.description or scope.name for scope in each.scopes)) for each in self.resources)
        # A line may break after a dot, never before.
        return tuple("\u00a0· ".join(parts) for parts in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentUser:
    """Who is asked: the best name there is, and what tells two accounts of one person apart."""

    name: str
    detail: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`/consent` for a third-party application. The button pressed is `decision`: `authorize` or `cancel`.

    Fields: `organizationIds`, one for each organization chosen.
    """

    template: ClassVar[str] = "hosted/consent.html"
    action: str
    csrf_token: str
    application_name: str
    application_logo_url: str | None = None
    user: ConsentUser
    #: Scopes about the person, by id (`profile`, `email`, …); texts are `user_scopes.descriptions.*`.
    user_scopes: tuple[str, ...] = ()
    resources: tuple[ConsentResource, ...] = ()
    organizations: tuple[ConsentOrganization, ...] = ()
    #: Whether the application was allowed something before: without scopes and resources it asks for nothing new.
    is_known: bool = False
    #: Where the person goes on to: a host, or the scheme of an application on the device.
    redirect_origin: str | None = None
    use_another_account_url: str | None = None
    #: The application's own documents.
    terms: Terms | None = None
    #: The documents of whoever runs this server.
    house_terms: Terms | None = None
    #: False for somebody who may not use the application: all he can do is go back.
    may_authorize: bool = True
    problem: str | None = None
