"""All tables of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0cabad5feb6a"
down_revision = None
branch_labels = ("surveys",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_attendances",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("present", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_kept_attendances")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_table(
        "activities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_activities_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index(op.f("ix_activities_project_id"), "activities", ["project_id"])
    op.create_table(
        "surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("switched_off", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("open_days", sa.Integer(), nullable=False),
        sa.Column("attendance_revision", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_surveys_closed")),
        sa.CheckConstraint("(state = 'draft') = (closes_at IS NULL)", name=op.f("ck_surveys_closes")),
        sa.CheckConstraint("mode IN ('strict', 'tracked')", name=op.f("ck_surveys_mode")),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name=op.f("ck_surveys_state")),
        sa.CheckConstraint("threshold >= 5", name=op.f("ck_surveys_threshold")),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_surveys_activity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("activity_id", "purpose", name=op.f("uq_surveys_activity_id_purpose")),
        sa.UniqueConstraint("id", "mode", name=op.f("uq_surveys_id_mode")),
    )
    op.create_table(
        "ballots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_ballots_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballots")),
    )
    op.create_index(op.f("ix_ballots_survey_id"), "ballots", ["survey_id"])
    op.create_table(
        "invitations",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_invitations_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "person_id", name=op.f("pk_invitations")),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_sv", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('scale', 'single', 'multi', 'text')", name=op.f("ck_questions_kind")),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_questions_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint(
            "survey_id", "position", deferrable=True, initially="DEFERRED", name=op.f("uq_questions_survey_id_position")
        ),
    )
    op.create_table(
        "responses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_responses_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
    )
    op.create_index(op.f("ix_responses_survey_id"), "responses", ["survey_id"])
    op.create_table(
        "results",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("questions", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_results_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_results")),
    )
    op.create_table(
        "slips",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("spent", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(mode = 'strict') = (person_id IS NULL)", name=op.f("ck_slips_person")),
        sa.ForeignKeyConstraint(["survey_id", "mode"], ["surveys.id", "surveys.mode"], name=op.f("fk_slips_survey_id_mode")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_slips")),
    )
    op.create_index(op.f("ix_slips_survey_id"), "slips", ["survey_id"])


def downgrade() -> None:
    for table in (
        "slips",
        "results",
        "responses",
        "ballots",
        "invitations",
        "questions",
        "surveys",
        "activities",
        "projects",
        "kept_attendances",
    ):
        op.drop_table(table)
