"""The catalogue's first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1c4e9070001"
down_revision = None
branch_labels = ("catalog",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("excused", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_attendance")),
    )
    op.create_index(op.f("ix_attendance_project_id"), "attendance", ["project_id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="empty: the writer wants no answer"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("subject IN ('accessibility', 'personal_data', 'project', 'other')", name=op.f("ck_feedback_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_waiting", "feedback", ["created_at"], unique=False, postgresql_where="handled_at IS NULL")
    op.create_table(
        "mailing",
        sa.Column("mailing_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_mailing")),
    )
    op.create_index(op.f("ix_mailing_project_id"), "mailing", ["project_id"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True, comment="Statistics Sweden's two-digit county code, for regions"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(status = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_organisation_merged_into_something")
        ),
        sa.CheckConstraint(
            "kind IN ('region', 'agency', 'municipality', 'county_board', 'business', 'academia', 'civil_society', 'other')",
            name=op.f("ck_organisation_kind"),
        ),
        sa.CheckConstraint("status IN ('active', 'pending', 'merged')", name=op.f("ck_organisation_status")),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_organisation_not_into_itself")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["organisation.id"], name=op.f("fk_organisation_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(op.f("ix_organisation_merged_into_id"), "organisation", ["merged_into_id"], unique=False)
    op.create_index(op.f("ix_organisation_sort_key"), "organisation", ["sort_key"], unique=False)
    op.create_index(
        "uq_organisation_region_code",
        "organisation",
        ["region_code"],
        unique=True,
        postgresql_where="status = 'active' AND kind = 'region'",
    )
    op.create_table(
        "participation",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column(
            "pseudonym",
            sa.LargeBinary(),
            nullable=False,
            comment="HMAC-SHA-256 of the person by the project's salt: tells people apart, not who",
        ),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("activity_id", "pseudonym", name=op.f("pk_participation")),
    )
    op.create_index(op.f("ix_participation_project_id"), "participation", ["project_id"], unique=False)
    op.create_table(
        "project_salt",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_salt")),
    )
    op.create_table(
        "survey_result",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_survey_result")),
    )
    op.create_index(op.f("ix_survey_result_project_id"), "survey_result", ["project_id"], unique=False)
    op.create_table(
        "organisation_alias",
        sa.Column("lower_alias", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_alias_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lower_alias", name=op.f("pk_organisation_alias")),
    )
    op.create_index(op.f("ix_organisation_alias_organisation_id"), "organisation_alias", ["organisation_id"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("proposer_id", sa.Uuid(), nullable=True),
        sa.Column("occasion", sa.Text(), nullable=False, comment="where it was handed in: an idea workshop"),
        sa.Column("handed_in_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "form IN ('learning_project', 'network', 'learning_project_or_network', 'workshop', 'seminar', 'exchange', 'erfa_meetings', 'in_depth')",  # noqa: E501
            name=op.f("ck_proposal_form"),
        ),
        sa.ForeignKeyConstraint(["proposer_id"], ["organisation.id"], name=op.f("fk_proposal_proposer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_proposer_id"), "proposal", ["proposer_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="in lower case"),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sessions_valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_staff_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_index(op.f("ix_staff_organisation_id"), "staff", ["organisation_id"], unique=False)
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False, comment="in its address; stands still once published"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False, comment="Markdown, as the three below"),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("obligations", sa.Text(), nullable=False),
        sa.Column("continuation", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="how many times its public facts were published"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="how many times it was saved: two people editing notice each other"
        ),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'draft') = (revision = 0)", name=op.f("ck_project_published_has_revision")),
        sa.CheckConstraint(
            "kind IN ('learning_project', 'learning_lab', 'network', 'seminar_series', 'development_project')",
            name=op.f("ck_project_kind"),
        ),
        sa.CheckConstraint("status IN ('draft', 'published', 'finished')", name=op.f("ck_project_status")),
        sa.ForeignKeyConstraint(["responsible_id"], ["staff.id"], name=op.f("fk_project_responsible_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("slug", name=op.f("uq_project_slug")),
    )
    op.create_index(op.f("ix_project_responsible_id"), "project", ["responsible_id"], unique=False)
    op.create_index(op.f("ix_project_status"), "project", ["status"], unique=False)
    op.create_index("ix_project_finished", "project", ["finished_at"], unique=False, postgresql_where="status = 'finished'")
    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False, comment="where to go when signed in: a path on this site, or nothing"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sign_in_link_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_link_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_link_staff_id"), "sign_in_link", ["staff_id"], unique=False)
    op.create_table(
        "choice_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("single", sa.Boolean(), nullable=False, comment="true: choose one; false: one or several"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_choice_group_project_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice_group")),
    )
    op.create_index(op.f("ix_choice_group_project_id"), "choice_group", ["project_id"], unique=False)
    op.create_table(
        "expected_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_expected_outcome_project_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_outcome")),
    )
    op.create_index(op.f("ix_expected_outcome_project_id"), "expected_outcome", ["project_id"], unique=False)
    op.create_table(
        "final_report",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("sentence_en", sa.Text(), nullable=False),
        sa.Column(
            "surveys",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the results as they were published, one per survey",
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_final_report_project_id")),
        sa.ForeignKeyConstraint(["published_by"], ["staff.id"], name=op.f("fk_final_report_published_by")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_final_report")),
    )
    op.create_table(
        "focus_area",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True, comment="none, and no project: every region works with it"),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("num_nonnulls(region_code, project_id) <= 1", name=op.f("ck_focus_area_of_one")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_focus_area_project_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focus_area")),
    )
    op.create_index(op.f("ix_focus_area_project_id"), "focus_area", ["project_id"], unique=False)
    op.create_index(op.f("ix_focus_area_region_code"), "focus_area", ["region_code"], unique=False)
    op.create_table(
        "project_leader",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_project_leader_organisation_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_leader_project_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_leader")),
    )
    op.create_index(op.f("ix_project_leader_organisation_id"), "project_leader", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_project_leader_project_id"), "project_leader", ["project_id"], unique=False)
    op.create_table(
        "project_organiser",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_project_organiser_organisation_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_organiser_project_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "organisation_id", name=op.f("pk_project_organiser")),
    )
    op.create_index(op.f("ix_project_organiser_organisation_id"), "project_organiser", ["organisation_id"], unique=False)
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False, comment="Markdown"),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("join_url", sa.Text(), nullable=False, comment="only for those who have a seat: never on a public page"),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column(
            "region_code", sa.Text(), nullable=True, comment="the county where it takes place; none for what is online only"
        ),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("seats_per_organisation", sa.Integer(), nullable=True),
        sa.Column("waiting_list", sa.Boolean(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "last_day", sa.DateTime(timezone=True), nullable=False, comment="the moment after which registration is closed"
        ),
        sa.Column("choice_group_id", sa.Uuid(), nullable=True),
        sa.Column("speakers_women", sa.Integer(), nullable=False),
        sa.Column("speakers_men", sa.Integer(), nullable=False),
        sa.Column("speakers_other", sa.Integer(), nullable=False),
        sa.Column("speakers_not_stated", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="how many times its facts were released"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="how many times it was saved: two people editing notice each other"
        ),
        sa.Column("calendar_uid", sa.Text(), nullable=False),
        sa.Column(
            "calendar_sequence", sa.Integer(), nullable=False, comment="RFC 5545: only grows, and only when time or place changes"
        ),
        sa.CheckConstraint("(status = 'draft') = (revision = 0)", name=op.f("ck_activity_released_has_revision")),
        sa.CheckConstraint("kind IN ('workshop', 'study_visit', 'meeting', 'seminar')", name=op.f("ck_activity_kind")),
        sa.CheckConstraint("mode IN ('on_site', 'online', 'hybrid')", name=op.f("ck_activity_mode")),
        sa.CheckConstraint("status IN ('draft', 'released')", name=op.f("ck_activity_status")),
        sa.CheckConstraint("capacity > 0 AND seats_per_organisation > 0", name=op.f("ck_activity_seats")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activity_ends_after_it_starts")),
        sa.CheckConstraint(
            "least(speakers_women, speakers_men, speakers_other, speakers_not_stated) >= 0", name=op.f("ck_activity_speakers")
        ),
        sa.ForeignKeyConstraint(
            ["choice_group_id"], ["choice_group.id"], name=op.f("fk_activity_choice_group_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["host_id"], ["organisation.id"], name=op.f("fk_activity_host_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_activity_project_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("calendar_uid", name=op.f("uq_activity_calendar_uid")),
    )
    op.create_index(op.f("ix_activity_choice_group_id"), "activity", ["choice_group_id"], unique=False)
    op.create_index("ix_activity_coming", "activity", ["ends_at"], unique=False, postgresql_where="status = 'released'")
    op.create_index(op.f("ix_activity_host_id"), "activity", ["host_id"], unique=False)
    op.create_index(op.f("ix_activity_project_id"), "activity", ["project_id"], unique=False)
    op.create_index(
        "ix_activity_region", "activity", ["region_code", "starts_at"], unique=False, postgresql_where="status = 'released'"
    )
    op.create_table(
        "programme_item",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False, comment="on the clocks of the activity's own time zone"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_programme_item_activity_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("activity_id", "position", name=op.f("pk_programme_item")),
    )


def downgrade() -> None:
    op.drop_table("programme_item")
    op.drop_index("ix_activity_region", table_name="activity", postgresql_where="status = 'released'")
    op.drop_index(op.f("ix_activity_project_id"), table_name="activity")
    op.drop_index(op.f("ix_activity_host_id"), table_name="activity")
    op.drop_index("ix_activity_coming", table_name="activity", postgresql_where="status = 'released'")
    op.drop_index(op.f("ix_activity_choice_group_id"), table_name="activity")
    op.drop_table("activity")
    op.drop_index(op.f("ix_project_organiser_organisation_id"), table_name="project_organiser")
    op.drop_table("project_organiser")
    op.drop_index(op.f("ix_project_leader_project_id"), table_name="project_leader")
    op.drop_index(op.f("ix_project_leader_organisation_id"), table_name="project_leader")
    op.drop_table("project_leader")
    op.drop_index(op.f("ix_focus_area_region_code"), table_name="focus_area")
    op.drop_index(op.f("ix_focus_area_project_id"), table_name="focus_area")
    op.drop_table("focus_area")
    op.drop_table("final_report")
    op.drop_index(op.f("ix_expected_outcome_project_id"), table_name="expected_outcome")
    op.drop_table("expected_outcome")
    op.drop_index(op.f("ix_choice_group_project_id"), table_name="choice_group")
    op.drop_table("choice_group")
    op.drop_index(op.f("ix_sign_in_link_staff_id"), table_name="sign_in_link")
    op.drop_table("sign_in_link")
    op.drop_index(op.f("ix_project_status"), table_name="project")
    op.drop_index("ix_project_finished", table_name="project", postgresql_where="status = 'finished'")
    op.drop_index(op.f("ix_project_responsible_id"), table_name="project")
    op.drop_table("project")
    op.drop_index(op.f("ix_staff_organisation_id"), table_name="staff")
    op.drop_table("staff")
    op.drop_index(op.f("ix_proposal_proposer_id"), table_name="proposal")
    op.drop_table("proposal")
    op.drop_index(op.f("ix_organisation_alias_organisation_id"), table_name="organisation_alias")
    op.drop_table("organisation_alias")
    op.drop_index(op.f("ix_survey_result_project_id"), table_name="survey_result")
    op.drop_table("survey_result")
    op.drop_table("project_salt")
    op.drop_index(op.f("ix_participation_project_id"), table_name="participation")
    op.drop_table("participation")
    op.drop_index(
        "uq_organisation_region_code", table_name="organisation", postgresql_where="status = 'active' AND kind = 'region'"
    )
    op.drop_index(op.f("ix_organisation_sort_key"), table_name="organisation")
    op.drop_index(op.f("ix_organisation_merged_into_id"), table_name="organisation")
    op.drop_table("organisation")
    op.drop_index(op.f("ix_mailing_project_id"), table_name="mailing")
    op.drop_table("mailing")
    op.drop_index("ix_feedback_waiting", table_name="feedback", postgresql_where="handled_at IS NULL")
    op.drop_table("feedback")
    op.drop_index(op.f("ix_attendance_project_id"), table_name="attendance")
    op.drop_table("attendance")
