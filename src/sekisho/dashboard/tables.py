"""Tables of what is counted by the day (UTC). They refer to nothing: a user who is deleted was active all the same."""

from datetime import date

from sqlalchemy import BigInteger, Date

from sekisho.db.types import SHORT_ID, TENANT_ID, Mapped, Table, mapped_column


class DailyActiveUserTable(Table):
    """Who got an access token on a day."""

    __tablename__ = "daily_active_users"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    user_id: Mapped[str] = mapped_column(SHORT_ID, primary_key=True)


class DailyTokenUsageTable(Table):
    """How many access tokens were issued on a day, to people and to machines."""

    __tablename__ = "daily_token_usage"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    user_tokens: Mapped[int] = mapped_column(BigInteger)
    machine_tokens: Mapped[int] = mapped_column(BigInteger)
