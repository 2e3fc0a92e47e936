"""first."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "9fa43589eba1"
down_revision = None
branch_labels = ("registration",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allotment",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "max_seats", sa.Integer(), nullable=True, comment="instead of the activity's seats per organisation; none: no limit"
        ),
        sa.Column("guaranteed", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("max_seats >= 0 AND guaranteed >= 0", name=op.f("ck_allotment_not_negative")),
        sa.CheckConstraint("max_seats IS NULL OR guaranteed <= max_seats", name=op.f("ck_allotment_guaranteed_within_limit")),
        sa.PrimaryKeyConstraint("activity_id", "organisation_id", name=op.f("pk_allotment")),
        comment="An organisation's own seats in one activity, where they differ from the activity's seats per organisation.",
    )
    op.create_table(
        "attendance_sheet",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="how many times it was closed"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_attendance_sheet")),
    )
    op.create_table(
        "offering",
        sa.Column("id", sa.Uuid(), nullable=False, comment="the activity's id"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("join_url", sa.Text(), nullable=False, comment="shown only to those who have a seat"),
        sa.Column("host_organisation_id", sa.Uuid(), nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("choice_group_id", sa.Uuid(), nullable=True),
        sa.Column("choice_group_title", sa.Text(), nullable=False),
        sa.Column("choice_group_single", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("seats_per_organisation", sa.Integer(), nullable=True),
        sa.Column("waiting_list", sa.Boolean(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_day", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('on_site', 'online', 'hybrid')", name=op.f("ck_offering_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offering")),
    )
    op.create_index(op.f("ix_offering_host_organisation_id"), "offering", ["host_organisation_id"], unique=False)
    op.create_index(op.f("ix_offering_project_id"), "offering", ["project_id"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'pending', 'merged')", name=op.f("ck_organisation_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(
        "ix_organisation_active", "organisation", ["sort_key"], unique=False, postgresql_where=sa.text("status = 'active'")
    )
    op.create_table(
        "organisation_name",
        sa.Column("key", sa.Text(), nullable=False, comment="shared.i18n.sort_key of the name"),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key", "organisation_id", name=op.f("pk_organisation_name")),
    )
    op.create_index(op.f("ix_organisation_name_organisation_id"), "organisation_name", ["organisation_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False, comment="the address in lower case"),
        sa.Column("email", sa.Text(), nullable=False, comment="the address as it was first written"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email_key", name=op.f("uq_person_email_key")),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="0: known only from its activities so far"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_index(op.f("ix_project_slug"), "project", ["slug"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("key", sa.LargeBinary(), nullable=False, comment="SHA-256 of the form's hidden key"),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_created_at"), "receipt", ["created_at"], unique=False)
    op.create_table(
        "seat_ledger",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True, comment="none: the activity as a whole"),
        sa.Column(
            "max_seats",
            sa.Integer(),
            nullable=True,
            comment="none: no limit. Above the offering's limit only where more were taken when it was lowered",
        ),
        sa.Column("confirmed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("offered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("least(confirmed, offered, waiting) >= 0", name=op.f("ck_seat_ledger_not_negative")),
        sa.CheckConstraint("max_seats IS NULL OR confirmed + offered <= max_seats", name=op.f("ck_seat_ledger_within_limit")),
        sa.UniqueConstraint(
            "activity_id",
            "organisation_id",
            name=op.f("uq_seat_ledger_activity_id_organisation_id"),
            postgresql_nulls_not_distinct=True,
        ),
        comment="Seats that take room, counted as they are taken and released.",
    )
    op.create_table(
        "staff_organisation",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_organisation")),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False, comment="shared.i18n.sort_key of the name: the order of lists"),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the personal page's token"),
        sa.Column("sealed_link", sa.Text(), nullable=False, comment="the personal page's address, sealed, for the mails to come"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="how many events have told of it"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False, comment="when a confirmation was last asked for"),
        sa.CheckConstraint("language IN ('sv', 'en')", name=op.f("ck_registration_language")),
        sa.CheckConstraint("source IN ('form', 'door')", name=op.f("ck_registration_source")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_registration_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("project_id", "person_id", name=op.f("uq_registration_project_id_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_registration_token_hash")),
    )
    op.create_index(op.f("ix_registration_organisation_id"), "registration", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_registration_person_id"), "registration", ["person_id"], unique=False)
    op.create_table(
        "needs",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_needs_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_needs")),
    )
    op.create_table(
        "seat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False, comment="whom the person represents"),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "takes_room",
            sa.Boolean(),
            nullable=False,
            comment="false: digitally in a hybrid activity, which holds no seat in the room",
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "because", sa.Text(), nullable=True, comment="what was full when the person had to wait: activity or organisation"
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="when it was asked for: the order of the queue"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mode IN ('on_site', 'online')", name=op.f("ck_seat_mode")),
        sa.CheckConstraint(
            "state IN ('confirmed', 'waiting', 'offered', 'declined', 'cancelled', 'expired')", name=op.f("ck_seat_state")
        ),
        sa.ForeignKeyConstraint(["activity_id"], ["offering.id"], name=op.f("fk_seat_activity_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_seat_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
    )
    op.create_index(op.f("ix_seat_activity_id"), "seat", ["activity_id"], unique=False)
    op.create_index(op.f("ix_seat_organisation_id"), "seat", ["organisation_id"], unique=False)
    op.create_index(
        "ix_seat_queue", "seat", ["activity_id", "since", "id"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index(op.f("ix_seat_registration_id"), "seat", ["registration_id"], unique=False)
    op.create_index(
        "uq_seat_active",
        "seat",
        ["activity_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('confirmed', 'waiting', 'offered')"),
    )
    op.create_table(
        "attendance",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('present', 'excused', 'absent')", name=op.f("ck_attendance_state")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_attendance_seat_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_attendance")),
    )
    op.create_index(op.f("ix_attendance_activity_id"), "attendance", ["activity_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_attendance_activity_id"), table_name="attendance")
    op.drop_table("attendance")
    op.drop_index("uq_seat_active", table_name="seat", postgresql_where=sa.text("state IN ('confirmed', 'waiting', 'offered')"))
    op.drop_index(op.f("ix_seat_registration_id"), table_name="seat")
    op.drop_index("ix_seat_queue", table_name="seat", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index(op.f("ix_seat_organisation_id"), table_name="seat")
    op.drop_index(op.f("ix_seat_activity_id"), table_name="seat")
    op.drop_table("seat")
    op.drop_table("needs")
    op.drop_index(op.f("ix_registration_person_id"), table_name="registration")
    op.drop_index(op.f("ix_registration_organisation_id"), table_name="registration")
    op.drop_table("registration")
    op.drop_table("staff_organisation")
    op.drop_table("seat_ledger")
    op.drop_index(op.f("ix_receipt_created_at"), table_name="receipt")
    op.drop_table("receipt")
    op.drop_index(op.f("ix_project_slug"), table_name="project")
    op.drop_table("project")
    op.drop_table("person")
    op.drop_index(op.f("ix_organisation_name_organisation_id"), table_name="organisation_name")
    op.drop_table("organisation_name")
    op.drop_index("ix_organisation_active", table_name="organisation", postgresql_where=sa.text("status = 'active'"))
    op.drop_table("organisation")
    op.drop_index(op.f("ix_offering_project_id"), table_name="offering")
    op.drop_index(op.f("ix_offering_host_organisation_id"), table_name="offering")
    op.drop_table("offering")
    op.drop_table("attendance_sheet")
    op.drop_table("allotment")
