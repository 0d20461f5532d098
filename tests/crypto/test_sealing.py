import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.crypto.sealing import CannotOpen, Place, Sealer

OLD, NEW = bytes(32), bytes(range(32))
PLACE = Place(tenant="default", table="application_secrets", row="app/one", column="value")


@given(plain=st.binary(max_size=200))
def test_what_was_sealed_is_opened_in_its_place(plain: bytes) -> None:
    sealer = Sealer([NEW])

    assert sealer.open(sealer.seal(plain, place=PLACE), place=PLACE) == plain


@pytest.mark.parametrize(
    "other",
    [
        Place(tenant="admin", table="application_secrets", row="app/one", column="value"),
        Place(tenant="default", table="application_secret", row="sapp/one", column="value"),
        Place(tenant="default", table="application_secrets", row="app/two", column="value"),
        Place(tenant="default", table="application_secrets", row="app/one", column="name"),
    ],
)
def test_a_sealed_value_opens_nowhere_else(other: Place) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal_text("secret", place=PLACE)

    with pytest.raises(CannotOpen):
        sealer.open(sealed, place=other)


@given(position=st.integers(min_value=0, max_value=40), change=st.integers(min_value=1, max_value=255))
def test_one_changed_byte_is_noticed(position: int, change: int) -> None:
    sealer = Sealer([NEW])
    sealed = bytearray(sealer.seal(b"secret", place=PLACE))
    sealed[position % len(sealed)] ^= change

    with pytest.raises(CannotOpen):
        sealer.open(bytes(sealed), place=PLACE)


@pytest.mark.parametrize("stump", [b"", b"\x01", bytes(21)])
def test_a_cut_envelope_is_refused(stump: bytes) -> None:
    with pytest.raises(CannotOpen):
        Sealer([NEW]).open(stump, place=PLACE)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    sealed = Sealer([OLD]).seal_text("secret", place=PLACE)
    both = Sealer([NEW, OLD])

    assert both.open_text(sealed, place=PLACE) == "secret"
    with pytest.raises(CannotOpen):
        Sealer([OLD]).open(both.seal(b"secret", place=PLACE), place=PLACE)


def test_equal_values_do_not_look_equal() -> None:
    sealer = Sealer([NEW])

    assert sealer.seal(b"secret", place=PLACE) != sealer.seal(b"secret", place=PLACE)


@pytest.mark.parametrize("keys", [[], [b"short"]])
def test_keys_must_be_there_and_whole(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(keys)


def test_a_value_is_looked_up_under_the_key_that_kept_it() -> None:
    (kept,) = Sealer([OLD]).fingerprints("value", place=PLACE)

    assert kept in Sealer([NEW, OLD]).fingerprints("value", place=PLACE)
    assert (
        Sealer([NEW, OLD]).fingerprints("value", place=PLACE)[0] == Sealer([NEW]).fingerprints("value", place=PLACE)[0]
    )
    assert kept not in Sealer([NEW]).fingerprints("value", place=PLACE)


def test_the_fingerprint_of_a_value_is_another_in_another_place() -> None:
    elsewhere = Place(tenant="admin", table="application_secrets", row="app/one", column="value")
    sealer = Sealer([NEW])

    assert sealer.fingerprints("value", place=PLACE) != sealer.fingerprints("value", place=elsewhere)
