"""The register of organisations: picked, never typed freely; unknown ones wait until staff accept or merge them."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.catalog.models.base import Base, one_of, primary_key
from shared.events.catalog import OrganisationChanged, OrganisationStatus
from shared.i18n import sort_key

KINDS = ("region", "agency", "municipality", "county_board", "business", "academia", "civil_society", "other")


class OrganisationAlias(Base):
    """Another name that people use for an organisation: "VGR"."""

    __tablename__ = "organisation_alias"

    lower_alias: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    alias: Mapped[str]


class Organisation(Base):
    """An organisation that people represent. Merged ones stay, and point to what they became."""

    __tablename__ = "organisation"
    __table_args__ = (
        one_of("kind", *KINDS),
        one_of("status", "active", "pending", "merged"),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_something"),
        CheckConstraint("merged_into_id <> id", name="not_into_itself"),
        Index(
            "uq_organisation_region_code", "region_code", unique=True, postgresql_where="status = 'active' AND kind = 'region'"
        ),
    )

    id: Mapped[UUID] = primary_key()
    title: Mapped[str]
    sort_key: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    region_code: Mapped[str | None] = mapped_column(comment="Statistics Sweden's two-digit county code, for regions")
    status: Mapped[OrganisationStatus] = mapped_column(Text)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)

    aliases: Mapped[list[OrganisationAlias]] = relationship(
        cascade="all, delete-orphan", order_by=OrganisationAlias.lower_alias, passive_deletes=True
    )

    def rename(self, title: str) -> None:
        """A new title, and with it a new place in the alphabet."""
        self.title = title
        self.sort_key = sort_key(title)

    def state(self) -> OrganisationChanged:
        """What the other services need to know."""
        return OrganisationChanged(
            organisation_id=self.id,
            title=self.title,
            kind=self.kind,
            status=self.status,
            merged_into=self.merged_into_id,
            region_code=self.region_code,
            aliases=tuple(alias.alias for alias in self.aliases),
        )
