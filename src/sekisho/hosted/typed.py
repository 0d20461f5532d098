"""What a page shows in its field for a name, an address or a number: typed, hinted at, or said on the page before."""

from dataclasses import dataclass

from sekisho.hosted.countries import country_choice, written
from sekisho.hosted.identifiers import read_identifier
from sekisho.hosted.pages import CountryChoice
from sekisho.hosted.visit import Visit
from sekisho.http.forms import Form
from sekisho.users.models import Identifier, IdentifierType


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The text of the field, and the country chosen beside it."""

    text: str = ""
    region: str | None = None

    @classmethod
    def in_form(cls, form: Form) -> "Typed":
        return cls(text=form.text("identifier").strip(), region=form.get("country"))

    @classmethod
    def at_first(cls, visit: Visit) -> "Typed":
        """Return what is there when the page opens: who the person said he is, else what the application knows."""
        if (named := visit.flow.notes.identifier) is not None:
            return cls(text=text_of(named))
        return cls(text=visit.ctx.query.get("login_hint", ""))

    def identifier(self, kinds: tuple[IdentifierType, ...]) -> Identifier:
        return read_identifier(self.text, accepted=kinds, region=self.region)

    def country(self, visit: Visit, kinds: tuple[IdentifierType, ...]) -> CountryChoice | None:
        """Return the countries to choose from, where a number may be typed."""
        if IdentifierType.PHONE not in kinds:
            return None
        return country_choice(
            language=visit.look.say.language,
            accept_language=visit.ctx.headers.get("accept-language"),
            chosen=self.region,
        )


def text_of(identifier: Identifier) -> str:
    """Return an identifier as people write it."""
    return written(identifier.value) if identifier.type is IdentifierType.PHONE else identifier.value


def masked(identifier: Identifier) -> str:
    """Return so much of an identifier that who knows it recognises it."""
    if identifier.type is IdentifierType.PHONE:
        return f"•••• {identifier.value[-4:]}"
    local, at, domain = identifier.value.rpartition("@")
    return f"{local[:1]}•••{at}{domain}"
