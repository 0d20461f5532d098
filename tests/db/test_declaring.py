from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    ForeignKey,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
    delete,
    false,
    insert,
    orm,
    select,
)

from sekisho.db.types import ID, Document, Mapped, Table, mapped_column


class Dated(Table):
    metadata = MetaData()  # not the product's
    day: Mapped[str] = mapped_column(String(10))

    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (UniqueConstraint("day"),)


class GateTable(Dated):
    __tablename__ = "gates"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    is_open: Mapped[bool] = mapped_column(server_default=false())
    guards: Mapped[int] = mapped_column()
    toll: Mapped[int | None] = mapped_column()
    notes: Mapped[str | None] = mapped_column(String(64))
    rules: Mapped[Any] = mapped_column(Document)


class TravellerTable(Dated):
    __tablename__ = "travellers"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    gate_id: Mapped[str] = mapped_column(ForeignKey("gates.id"))


def test_a_column_is_null_only_where_its_annotation_says_so() -> None:
    nullable = {column.name for column in GateTable.__table__.columns if column.nullable}

    assert nullable == {"notes", "toll"}


def test_truth_values_numbers_and_references_need_no_type() -> None:
    assert isinstance(GateTable.is_open.type, Boolean)
    assert isinstance(GateTable.guards.type, Integer)
    assert isinstance(GateTable.toll.type, Integer)
    assert isinstance(TravellerTable.gate_id.type, String)


def test_every_table_has_its_own_of_what_it_is_lent() -> None:
    assert TravellerTable.day.table is TravellerTable.__table__
    assert GateTable.day.table is GateTable.__table__
    for table in (GateTable, TravellerTable):
        assert any(isinstance(each, UniqueConstraint) for each in table.__table__.constraints)


def test_a_class_stands_for_its_table() -> None:
    assert str(select(GateTable.id).where(GateTable.notes.is_(None))) == (
        "SELECT gates.id \nFROM gates \nWHERE gates.notes IS NULL"
    )
    assert str(delete(GateTable)) == "DELETE FROM gates"
    assert str(insert(GateTable).values(id="hakone")) == "INSERT INTO gates (id) VALUES (:id)"


def test_columns_of_the_orm_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"LostTable\.id: columns are declared by"):

        class LostTable(Dated):
            __tablename__ = "lost"

            id: Mapped[str] = orm.mapped_column(ID, primary_key=True)  # type: ignore[assignment]
