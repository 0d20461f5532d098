"""How the sign-in to one application differs, on the wire (management-api.md §8.2)."""

from typing import Annotated, Any, TypeAlias

import msgspec
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.api.management.wire.sign_in_experience import BrandingBody, HexColor, OptionalUrl
from sekisho.applications.models import ApplicationSignIn, ApplicationSignInChange
from sekisho.kernel.ids import TenantId

_LONGEST_URL = 2048


def _short(url: str | None) -> str | None:
    if url is not None and len(url) > _LONGEST_URL:
        raise PydanticCustomError("string_too_long", "String is too long", {"max_length": _LONGEST_URL})
    return url


DocumentUrl: TypeAlias = Annotated[OptionalUrl, AfterValidator(_short)]


class ColorBody(Body):
    primary_color: HexColor = ABSENT
    is_dark_mode_enabled: bool = ABSENT
    dark_primary_color: HexColor = ABSENT


class ApplicationSignInBody(Body):
    color: ColorBody = ABSENT
    branding: BrandingBody = ABSENT
    custom_css: str | None = None
    display_name: Annotated[str, Field(max_length=256)] | None = None
    terms_of_use_url: DocumentUrl
    privacy_policy_url: DocumentUrl

    def to_model(self) -> ApplicationSignInChange:
        given = self.model_fields_set
        change: ApplicationSignInChange = {
            "terms_of_use_url": self.terms_of_use_url or None,
            "privacy_policy_url": self.privacy_policy_url or None,
        }
        if "color" in given:
            change["color"] = self.color.to_wire()
        if "branding" in given:
            change["branding"] = self.branding.to_wire()
        if "custom_css" in given:
            change["custom_css"] = self.custom_css or None
        if "display_name" in given:
            change["display_name"] = self.display_name or None
        return change


class ColorOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    primary_color: str | msgspec.UnsetType = msgspec.UNSET
    is_dark_mode_enabled: bool | msgspec.UnsetType = msgspec.UNSET
    dark_primary_color: str | msgspec.UnsetType = msgspec.UNSET


class BrandingOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    logo_url: str | msgspec.UnsetType = msgspec.UNSET
    dark_logo_url: str | msgspec.UnsetType = msgspec.UNSET
    favicon: str | msgspec.UnsetType = msgspec.UNSET
    dark_favicon: str | msgspec.UnsetType = msgspec.UNSET


class ApplicationSignInOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    application_id: str
    color: ColorOut
    branding: BrandingOut
    custom_css: str | None
    terms_of_use_url: str | None
    privacy_policy_url: str | None
    display_name: str | None


def application_sign_in_out(kept: ApplicationSignIn, *, tenant_id: TenantId) -> ApplicationSignInOut:
    documents: dict[str, Any] = {
        "color": msgspec.convert(kept.color, ColorOut),
        "branding": msgspec.convert(kept.branding, BrandingOut),
    }
    return ApplicationSignInOut(
        tenant_id=tenant_id,
        application_id=kept.application_id,
        **documents,
        custom_css=kept.custom_css,
        terms_of_use_url=kept.terms_of_use_url,
        privacy_policy_url=kept.privacy_policy_url,
        display_name=kept.display_name,
    )
